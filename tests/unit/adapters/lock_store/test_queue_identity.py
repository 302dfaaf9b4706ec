"""Daemons that reach one queue by different endpoints share its locks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.lock_store.queue_identity import queue_identity
from sqsd_adapters.lock_store.redis.wire import key_prefix

QUEUE = "/123456789012/jobs"


@pytest.mark.parametrize(
    ("region", "hosts"),
    [
        (
            "us-east-1",
            [
                "sqs.us-east-1.amazonaws.com",
                "SQS.US-EAST-1.AmazonAWS.com",
                "sqs.us-east-1.amazonaws.com.",
                "sqs.us-east-1.amazonaws.com:443",
                "queue.amazonaws.com",
                "us-east-1.queue.amazonaws.com",
                "sqs-fips.us-east-1.amazonaws.com",
                "sqs.us-east-1.api.aws",
                "sqs-fips.us-east-1.api.aws",
                "vpce-0a1b2c3d-4e5f.sqs.us-east-1.vpce.amazonaws.com",
                "vpce-0a1b2c3d-4e5f-us-east-1a.sqs.us-east-1.vpce.amazonaws.com",
            ],
        ),
        (
            "cn-north-1",
            [
                "sqs.cn-north-1.amazonaws.com.cn",
                "cn-north-1.queue.amazonaws.com.cn",
                "sqs.cn-north-1.api.amazonwebservices.com.cn",
                "vpce-0a1b.sqs.cn-north-1.vpce.amazonaws.com.cn",
            ],
        ),
        ("us-gov-west-1", ["sqs.us-gov-west-1.amazonaws.com", "us-gov-west-1.queue.amazonaws.com"]),
        ("us-iso-east-1", ["sqs.us-iso-east-1.c2s.ic.gov"]),
        ("eusc-de-east-1", ["sqs.eusc-de-east-1.amazonaws.eu"]),
    ],
)
def test_each_endpoint_of_a_region_names_the_same_queue(region: str, hosts: list[str]) -> None:
    (identity,) = {queue_identity(f"https://{host}{QUEUE}") for host in hosts}
    assert identity.startswith(f"https://sqs.{region}.amazonaws.com")
    assert identity.endswith(QUEUE)


@pytest.mark.parametrize(
    "url",
    [
        "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs.fifo",
        "https://sqs.us-gov-west-1.amazonaws.com/123456789012/jobs",
        "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/jobs",
        "http://localhost:9324/000000000000/jobs",
    ],
)
def test_the_common_spelling_is_its_own_identity(url: str) -> None:
    assert queue_identity(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs/",
        "HTTPS://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
        "https://user:password@sqs.eu-west-1.amazonaws.com/123456789012/jobs?x=1#y",
        "http://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
    ],
)
def test_nothing_but_region_account_and_name_counts(url: str) -> None:
    assert queue_identity(url) == "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"


@pytest.mark.parametrize(
    ("url", "identity"),
    [
        ("http://LocalHost:9324/000000000000/jobs/", "http://localhost:9324/000000000000/jobs"),
        ("http://elasticmq:80/queue/jobs", "http://elasticmq/queue/jobs"),
        ("https://elasticmq:443/queue/jobs", "https://elasticmq/queue/jobs"),
        (
            "http://sqs.eu-west-1.localhost.localstack.cloud/0/jobs",
            "http://sqs.eu-west-1.localhost.localstack.cloud/0/jobs",
        ),
        ("https://sqs.eu-west-1.amazonaws.com.evil.org/0/jobs", "https://sqs.eu-west-1.amazonaws.com.evil.org/0/jobs"),
        ("memory://Jobs", "memory://Jobs"),
        ("http://localhost:port/0/jobs", "http://localhost:port/0/jobs"),
    ],
)
def test_any_other_address_is_normalized(url: str, identity: str) -> None:
    assert queue_identity(url) == identity


@pytest.mark.parametrize(
    "other",
    [
        "https://sqs.eu-west-2.amazonaws.com/123456789012/jobs",
        "https://sqs.eu-west-1.amazonaws.com/210987654321/jobs",
        "https://sqs.eu-west-1.amazonaws.com/123456789012/Jobs",
        "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs.fifo",
    ],
)
def test_two_queues_stay_two(other: str) -> None:
    assert queue_identity(other) != queue_identity("https://sqs.eu-west-1.amazonaws.com/123456789012/jobs")


@given(st.text())
def test_any_text_has_an_identity(url: str) -> None:
    assert isinstance(queue_identity(url), str)


def test_the_keys_in_redis_follow_the_identity() -> None:
    public = key_prefix("sqsd", f"https://sqs.eu-west-1.amazonaws.com{QUEUE}")
    private = key_prefix("sqsd", f"https://vpce-0a1b.sqs.eu-west-1.vpce.amazonaws.com{QUEUE}/")

    assert public == private
