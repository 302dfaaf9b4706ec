"""Which dead letters a filter takes."""

from typing import Any

import pytest

from sqsd_adapters.cli.dlq.choice import Choice
from sqsd_adapters.cli.dlq.letter import DeadLetter
from sqsd_adapters.errors import ConfigurationError

LETTER = DeadLetter.parse(
    {
        "MessageId": "abc-1",
        "Body": '{"order": 7}',
        "Attributes": {"SentTimestamp": "1000000"},
        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "odd"}},
    }
)
NOW = 1_100.0  # a hundred seconds after it was sent


@pytest.mark.parametrize(
    "choice",
    [
        Choice(),
        Choice(message_id="abc"),
        Choice(body='"order": 7'),
        Choice(attributes=("kind",)),
        Choice(attributes=("kind=odd",)),
        Choice(older_than=99),
        Choice(newer_than=101),
        Choice(body="order", attributes=("kind=odd",), older_than=1),
    ],
)
def test_a_message_that_fulfils_every_condition_is_taken(choice: Choice) -> None:
    assert choice.takes(LETTER, now=NOW)


@pytest.mark.parametrize(
    "choice",
    [
        Choice(message_id="bc"),
        Choice(body="Order"),
        Choice(attributes=("size",)),
        Choice(attributes=("kind=even",)),
        Choice(attributes=("kind=",)),
        Choice(older_than=101),
        Choice(newer_than=99),
        Choice(body="order", attributes=("kind=even",)),
    ],
)
def test_a_message_that_misses_one_condition_is_left(choice: Choice) -> None:
    assert not choice.takes(LETTER, now=NOW)


def test_only_a_filter_without_conditions_takes_everything() -> None:
    assert Choice().is_everything
    assert not Choice(older_than=0).is_everything


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"message_id": ""}, "--id: expected a text that is not empty"),
        ({"body": ""}, "--body: expected a text that is not empty"),
        ({"attributes": ("",)}, "--attribute : expected NAME or NAME=VALUE"),
        ({"attributes": ("=odd",)}, "--attribute =odd: expected NAME or NAME=VALUE"),
    ],
)
def test_an_empty_condition_is_refused_as_it_would_take_everything(given: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigurationError, match=expected):
        Choice(**given)
