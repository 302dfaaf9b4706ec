"""What makes a batch, and what becomes of each of its messages."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_core.message import Message, MessageAttribute, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, Retained, RetryLater, Succeeded, Unavailable
from sqsd_core.policy.gathering import BEHIND, Fate, Gathering, fates
from sqsd_core.policy.periodic import SCHEDULED_TIME

PERIODIC = {SCHEDULED_TIME: MessageAttribute(data_type="String", value="2026-01-01T00:00:00Z")}
OUTCOMES: list[Outcome] = [Succeeded(), Failed("no"), RetryLater(5.0), Retained(), Unavailable("away")]


def message(body: str = "", *, receive_count: int = 1, periodic: bool = False) -> Message:
    plain = Message(id=MessageId("m"), receipt=ReceiptHandle("r"), body=body, receive_count=receive_count)
    return plain._replace(attributes=PERIODIC) if periodic else plain


def count(*messages: Message, size: int = 10, octets: int = 100, limit: int = 3) -> tuple[int, bool]:
    """``limit`` is the queue's maxReceiveCount."""
    gathering = Gathering(size=size, octets=octets)
    return gathering.count(messages, is_last=lambda message: message.receive_count >= limit)


@pytest.mark.parametrize(
    ("messages", "batch"),
    [
        ([], (0, False)),
        ([message()] * 9, (9, False)),
        ([message()] * 10, (10, True)),
        ([message()] * 11, (10, True)),
    ],
)
def test_a_batch_is_full_with_its_number_of_messages(messages: list[Message], batch: tuple[int, bool]) -> None:
    assert count(*messages) == batch


@pytest.mark.parametrize(
    ("bodies", "batch"),
    [
        (["x" * 40, "x" * 60], (2, False)),
        (["x" * 40, "x" * 61], (1, True)),
        (["ü" * 30, "ü" * 21], (1, True)),
        (["x" * 101], (1, False)),
        (["x" * 101, "x"], (1, True)),
    ],
)
def test_a_batch_is_full_when_the_next_body_would_make_it_too_large(bodies: list[str], batch: tuple[int, bool]) -> None:
    assert count(*map(message, bodies)) == batch


def test_a_retry_with_its_last_receive_runs_alone() -> None:
    last = message(receive_count=3)

    assert count(last, message()) == (1, True)
    assert count(message(), message(receive_count=2), last) == (2, True)


def test_where_the_first_receive_is_the_last_messages_still_share_a_batch() -> None:
    assert count(message(), message(), limit=1) == (2, False)


def test_a_periodic_task_runs_alone() -> None:
    assert count(message(periodic=True), message()) == (1, True)
    assert count(message(), message(periodic=True)) == (1, True)


@given(batch=st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(OUTCOMES))))
def test_behind_the_first_failure_of_a_group_all_of_it_fails(batch: list[tuple[str | None, Outcome]]) -> None:
    result = fates(range(len(batch)), [outcome for _, outcome in batch], group_of=lambda number: batch[number][0])

    told = sorted(number for fate in result for number in (fate.item, *(behind for behind, _ in fate.behind)))
    assert told == [*range(len(batch))]
    done: defaultdict[str | None, list[int]] = defaultdict(list)
    for fate in result:
        group, own = batch[fate.item]
        assert fate.outcome == own
        if isinstance(own, Succeeded):
            done[group].append(fate.item)
        check_behind(fate, batch)
    for fate in result:
        if (group := batch[fate.item][0]) is not None and not isinstance(fate.outcome, Succeeded):
            assert all(number < fate.item for number in done[group])


def check_behind(fate: Fate[int], batch: list[tuple[str | None, Outcome]]) -> None:
    assert not (fate.behind and isinstance(fate.outcome, Succeeded))
    for number, outcome in fate.behind:
        group, own = batch[number]
        assert (group, number > fate.item) == (batch[fate.item][0], True)
        assert outcome == (own if isinstance(own, Unavailable) else BEHIND)
