"""What is said of messages that could not be read, and how often."""

import logging

import pytest

from sqsd_adapters.queue.sqs.oddities import LINES, PERIOD, Oddities
from sqsd_adapters.queue.sqs.received import Odd


class HandClock:
    time = 0.0

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time


def odd(**changes: object) -> Odd:
    fields = {"id": "m-1", "dropped": ["Body"], "runs": False} | changes
    return Odd(**fields)  # type: ignore[arg-type]  # by their names


@pytest.mark.parametrize(
    ("each", "event", "message_id", "dropped"),
    [
        (
            odd(runs=True, dropped=["SenderId", "SentTimestamp"]),
            "message partly unreadable, parts dropped",
            "m-1",
            "SenderId, SentTimestamp",
        ),
        (odd(id=""), "message cannot be read, left in the queue", "unreadable", "Body"),
        (odd(dropped=[]), "message left in the queue, an earlier one of its group cannot be read", "m-1", ""),
        (odd(id="\x1b[2J", dropped=["a\nb"]), "message cannot be read, left in the queue", r"\x1b[2J", r"a\x0ab"),
    ],
)
def test_the_message_and_what_was_dropped_are_named(
    each: Odd, event: str, message_id: str, dropped: str, caplog: pytest.LogCaptureFixture
) -> None:
    Oddities(clock=HandClock()).say([each], surplus=0)
    [record] = caplog.records
    assert (record.message, record.levelno) == (event, logging.WARNING)
    assert (record.__dict__["message_id"], record.__dict__["dropped"]) == (message_id, dropped)


def test_messages_that_were_not_asked_for_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    Oddities(clock=HandClock(), label="orders").say([], surplus=7)
    [record] = caplog.records
    assert record.__dict__["queue"] == "orders"
    assert record.__dict__["messages"] == 7


def test_lines_are_bounded_and_those_left_out_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    clock = HandClock()
    oddities = Oddities(clock=clock)
    for _ in range(100):
        oddities.say([odd()], surplus=0)
    assert len(caplog.records) == LINES
    clock.time += PERIOD
    oddities.say([odd()], surplus=0)
    assert caplog.records[-1].__dict__["not_logged"] == 100 - LINES
    assert len(caplog.records) == LINES + 1


def test_a_long_id_and_many_names_are_cut(caplog: pytest.LogCaptureFixture) -> None:
    Oddities(clock=HandClock()).say([odd(id="x" * 10**6, dropped=["y" * 1000] * 1000)], surplus=0)
    assert len(str(caplog.records[0].__dict__)) < 3_000
