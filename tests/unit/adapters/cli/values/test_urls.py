"""Which URLs are accepted where, and how they are shown."""

from collections.abc import Callable

import pytest

from sqsd_adapters.cli.values import urls


@pytest.mark.parametrize(
    ("check", "url"),
    [
        (urls.check_queue_url, "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"),
        (urls.check_queue_url, "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs.fifo"),
        (urls.check_queue_url, "http://localhost:9324/000000000000/my_jobs-1"),
        (urls.check_queue_url, "memory://jobs"),
        (urls.check_queue_url, "memory://jobs.fifo"),
        (urls.check_http_url, "http://localhost:4566"),
        (urls.check_http_url, "https://[::1]:8443/"),
        (urls.check_redis_url, "redis://localhost"),
        (urls.check_redis_url, "redis://user:p%40ss@localhost:6379/2"),
        (urls.check_redis_url, "rediss://:secret@redis.example:6380"),
        (urls.check_redis_url, "unix:///run/redis.sock"),
        (urls.check_redis_url, "unix://:secret@/run/redis.sock?db=2"),
        (urls.check_address, "localhost:6379"),
        (urls.check_address, "[::1]:6379"),
    ],
)
def test_addresses_of_their_kind_pass(check: Callable[[str], str], url: str) -> None:
    assert check(url) == url


@pytest.mark.parametrize(
    ("check", "url"),
    [
        (urls.check_queue_url, "jobs"),
        (urls.check_queue_url, "https://sqs.eu-west-1.amazonaws.com"),
        (urls.check_queue_url, "https://sqs.eu-west-1.amazonaws.com/123456789012/"),
        (urls.check_queue_url, "https://sqs.eu-west-1.amazonaws.com/1/jobs.other"),
        (urls.check_queue_url, "https:///123456789012/jobs"),
        (urls.check_queue_url, "ftp://host/jobs"),
        (urls.check_queue_url, "memory://"),
        (urls.check_queue_url, "memory://a/b"),
        (urls.check_queue_url, f"memory://{'a' * 81}"),
        (urls.check_queue_url, "memory://jobs\n"),
        (urls.check_http_url, "file:///etc/passwd"),
        (urls.check_http_url, "http://"),
        (urls.check_http_url, "http://host:99999"),
        (urls.check_http_url, "http://host:port"),
        (urls.check_http_url, "http://user:secret@host"),
        (urls.check_http_url, "http://host/a b"),
        (urls.check_http_url, "http://host/#part"),
        (urls.check_http_url, "http://[::1"),
        (urls.check_redis_url, "http://localhost"),
        (urls.check_redis_url, "redis://"),
        (urls.check_redis_url, "redis://localhost/queue"),
        (urls.check_redis_url, "unix://"),
        (urls.check_address, "localhost"),
        (urls.check_address, "localhost:"),
        (urls.check_address, ":6379"),
        (urls.check_address, "localhost:0"),
        (urls.check_address, "localhost:65536"),
        (urls.check_address, "::1:6379"),
        (urls.check_address, "redis://localhost:6379"),
        (urls.check_address, "user@localhost:6379"),
    ],
)
def test_what_is_no_such_address_is_refused(check: Callable[[str], str], url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://host/path", "https://host/path"),
        ("https://user:secret@host/path", "https://***@host/path"),
        ("https://host/path?token=secret", "https://host/path?***"),
        ("https://secret/@host", "https://***@host"),
        ("user:secret@host", "***@host"),
        ("https://a:secret@secret@host", "https://***@host"),
        ("secret://secret://x@host", "secret://***@host"),
    ],
)
def test_a_shown_url_has_neither_user_nor_query(url: str, shown: str) -> None:
    assert urls.masked(url) == shown


@pytest.mark.parametrize(
    ("url", "names_one"),
    [
        ("redis://h", False),
        ("redis://h/", False),
        ("redis://h/0", True),
        ("redis://h?db=1", True),
        ("unix:///a", False),
    ],
)
def test_it_is_seen_whether_a_redis_url_names_a_database(url: str, names_one: bool) -> None:
    assert urls.names_redis_database(url) is names_one


@pytest.mark.parametrize(
    ("url", "database", "whole"),
    [
        ("redis://:p@h:1", None, "redis://:p@h:1"),
        ("redis://:p@h:1", 2, "redis://:p@h:1/2"),
        ("rediss://h/?ssl_ca_certs=/a", 2, "rediss://h/2?ssl_ca_certs=/a"),
        ("unix:///run/r.sock", 2, "unix:///run/r.sock?db=2"),
    ],
)
def test_a_database_joins_the_redis_url(url: str, database: int | None, whole: str) -> None:
    assert urls.with_redis_database(url, database) == whole
