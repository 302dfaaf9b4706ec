"""How events name the queue of the settings."""

import pytest

from sqsd import EventSource, Settings, event_source

DOMAINS = {"cn-north-1": "amazonaws.com.cn"}


@pytest.fixture(autouse=True)
def _no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-isob-east-1", "aws-iso-b")],
)
def test_the_url_of_a_queue_in_sqs_tells_region_account_and_name(region: str, partition: str) -> None:
    url = f"https://sqs.{region}.{DOMAINS.get(region, 'amazonaws.com')}/123456789012/orders.fifo"
    source = event_source(Settings(QUEUE_URL=url))
    assert source == EventSource(arn=f"arn:{partition}:sqs:{region}:123456789012:orders.fifo", region=region)


@pytest.mark.parametrize("url", ["memory://orders", "http://127.0.0.1:9324/orders"])
def test_what_the_url_does_not_tell_is_as_in_the_embedded_sqs(url: str) -> None:
    source = event_source(Settings(QUEUE_URL=url))
    assert source == EventSource(arn="arn:aws:sqs:us-east-1:000000000000:orders", region="us-east-1")


def test_the_region_of_the_settings_counts_before_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    assert event_source(Settings(QUEUE_URL="memory://orders")).region == "eu-west-3"
    assert event_source(Settings(QUEUE_URL="memory://orders", AWS_REGION="eu-west-2")).region == "eu-west-2"
