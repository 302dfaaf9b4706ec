"""What a queue's URL says of region, endpoint and name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.sqs.address import QueueAddress


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("sqs.eu-west-1.amazonaws.com", "eu-west-1"),
        ("sqs.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("sqs.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("sqs.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
        ("sqs.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        ("ap-northeast-1.queue.amazonaws.com", "ap-northeast-1"),
        ("queue.amazonaws.com", "us-east-1"),
    ],
)
def test_a_regional_host_names_the_region_and_leaves_the_endpoint_to_the_sdk(host: str, region: str) -> None:
    address = QueueAddress.parse(f"https://{host}/123456789012/jobs")
    assert (address.region, address.origin, address.fips, address.dual_stack) == (region, None, False, False)


def test_a_fips_host_asks_for_the_fips_endpoint() -> None:
    address = QueueAddress.parse("https://sqs-fips.us-east-1.amazonaws.com/1/jobs")
    assert (address.region, address.origin, address.fips) == ("us-east-1", None, True)


def test_a_dual_stack_host_asks_for_the_dual_stack_endpoint() -> None:
    address = QueueAddress.parse("https://sqs.eu-west-1.api.aws/1/jobs")
    assert (address.region, address.origin, address.dual_stack) == ("eu-west-1", None, True)


@pytest.mark.parametrize(
    ("origin", "region"),
    [
        ("https://vpce-0a1b2c-3d4e.sqs.us-east-1.vpce.amazonaws.com", "us-east-1"),
        ("http://sqs.us-east-1.localhost.localstack.cloud:4566", "us-east-1"),
        ("http://127.0.0.1:9324", None),
        ("https://sqs.example.com", None),
    ],
)
def test_any_other_host_is_its_own_endpoint(origin: str, region: str | None) -> None:
    address = QueueAddress.parse(f"{origin}/000000000000/jobs")
    assert (address.region, address.origin) == (region, origin)


@given(st.from_regex(r"[A-Za-z0-9_-]{1,75}(\.fifo)?", fullmatch=True))
def test_the_name_is_the_last_segment_of_the_path(name: str) -> None:
    assert QueueAddress.parse(f"https://sqs.eu-west-1.amazonaws.com/123456789012/{name}").name == name


@pytest.mark.parametrize(
    "url", ["", "jobs", "https://", "https://sqs.eu-west-1.amazonaws.com", "ftp://host/1/jobs", "https:///1/jobs"]
)
def test_what_is_no_url_of_a_queue_is_refused_by_its_variable(url: str) -> None:
    with pytest.raises(ConfigurationError, match="QUEUE_URL"):
        QueueAddress.parse(url)
