"""What a URL says of a connection and a request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.transport.address import Address, request_target


@pytest.mark.parametrize(
    ("url", "host", "port", "tls", "target", "authority"),
    [
        ("http://worker", "worker", 80, False, b"/", b"worker"),
        ("http://worker:80/", "worker", 80, False, b"/", b"worker"),
        ("http://Worker:8080/jobs", "worker", 8080, False, b"/jobs", b"worker:8080"),
        ("https://worker/a?b=c", "worker", 443, True, b"/a?b=c", b"worker"),
        ("https://worker:80?b", "worker", 80, True, b"/?b", b"worker:80"),
        ("http://[::1]:8080/", "::1", 8080, False, b"/", b"[::1]:8080"),
        ("http://käse.example/", "xn--kse-qla.example", 80, False, b"/", b"xn--kse-qla.example"),
        ("http://worker/k%C3%A4se/ä?ö", "worker", 80, False, b"/k%C3%A4se/%C3%A4?%C3%B6", b"worker"),
    ],
)
def test_a_url_is_taken_apart(url: str, host: str, port: int, *, tls: bool, target: bytes, authority: bytes) -> None:
    assert Address.parse(url) == Address(host=host, port=port, tls=tls, target=target, authority=authority)


def test_a_unix_socket_stands_in_the_hosts_place() -> None:
    address = Address.parse("http+unix://%2Frun%2FWorker.sock/jobs?x=1")
    assert address.socket_path == "/run/Worker.sock"
    assert address.target == b"/jobs?x=1"
    assert address.authority == b"localhost"
    assert str(address) == "unix:/run/Worker.sock"


@pytest.mark.parametrize(
    ("userinfo", "authorization"),
    [
        ("user:pass@", b"Basic dXNlcjpwYXNz"),
        ("user@", b"Basic dXNlcjo="),
        (":p%40ss@", b"Basic OnBAc3M="),
        ("", None),
    ],
)
def test_user_and_password_become_basic_authorization(userinfo: str, authorization: bytes | None) -> None:
    assert Address.parse(f"http://{userinfo}worker/").authorization == authorization
    assert Address.parse(f"http+unix://{userinfo}%2Fa.sock/").authorization == authorization


def test_user_and_password_are_not_shown() -> None:
    address = Address.parse("http://user:passw0rd@worker:8080/path")
    assert str(address) == "worker:8080"
    assert "passw0rd" not in repr(address)
    assert "dXNlcjpwYXNzdzByZA" not in repr(address)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "worker:8080",
        "ftp://worker/",
        "http://",
        "http:///path",
        "http://worker:port/",
        "http://worker:65536/",
        "http://worker:0/",
        "http://worker/#fragment",
        "http://worker/a b",
        "http://worker/\r\nX-Evil: 1",
        "http://[::1/",
        "http://a..b/",
        "http+unix://worker/",
        "http+unix:///run/worker.sock",
        "http+unix://%2Frun%00/",
    ],
)
def test_a_url_that_names_no_worker_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        Address.parse(url)


@given(st.text())
def test_a_target_never_ends_its_line(path: str) -> None:
    try:
        address = Address.parse(f"http://worker/{path}")
    except ValueError:
        return
    assert not set(address.target) & set(b" \r\n\0")
    assert address.target.isascii()


@given(st.text())
def test_a_path_becomes_a_target_of_one_line_or_is_refused(path: str) -> None:
    try:
        target = request_target(path)
    except ValueError:
        assert not path.startswith("/")
        return
    assert target.startswith(b"/")
    assert not set(target) & set(b" \r\n\0")
