"""The scoreboard's tasks on the wire and back."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.monitor import wire
from tests.support.monitor import IDLE, task


def test_an_idle_daemon_has_an_empty_list() -> None:
    assert wire.workings(IDLE, receipts=True).SerializeToString() == b""


def test_a_receipt_that_is_not_shown_is_not_on_the_wire() -> None:
    snapshot = replace(IDLE, tasks=(task(receipt="top-secret"),))
    assert b"top-secret" in wire.workings(snapshot, receipts=True).SerializeToString()
    assert b"top-secret" not in wire.workings(snapshot, receipts=False).SerializeToString()


@given(microseconds=st.integers(0, 4_000_000_000_000_000))
def test_the_start_survives_to_the_microsecond(microseconds: int) -> None:
    snapshot = replace(IDLE, tasks=(replace(task(started_at=microseconds / 1_000_000), time_limit=60.5),))
    (found,) = wire.tasks(wire.workings(snapshot, receipts=True))
    assert found == replace(snapshot.tasks[0], queue=snapshot.shown(""))
