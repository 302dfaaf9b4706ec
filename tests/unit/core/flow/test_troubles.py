"""A trouble that happens a thousand times is one line per minute, and none of it goes uncounted."""

import asyncio
import logging

import pytest

from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core.flow.troubles import Troubles


@pytest.fixture
async def troubles(caplog: pytest.LogCaptureFixture) -> Troubles:
    caplog.set_level(logging.INFO)
    return Troubles(clock=LoopClock())


def counts(caplog: pytest.LogCaptureFixture, event: str) -> list[int]:
    return [vars(record)["count"] for record in caplog.records if record.message == event]


async def test_the_first_is_said_at_once_with_its_fields(troubles: Troubles, caplog: pytest.LogCaptureFixture) -> None:
    troubles.note("ChangeMessageVisibility failed", level=logging.ERROR, reason="throttled")

    (record,) = caplog.records
    assert (record.message, record.levelname) == ("ChangeMessageVisibility failed", "ERROR")
    assert (vars(record)["reason"], vars(record)["count"]) == ("throttled", 1)


async def test_the_others_of_a_minute_are_one_line_with_their_number(
    troubles: Troubles, caplog: pytest.LogCaptureFixture
) -> None:
    for second in range(600):
        troubles.note("ChangeMessageVisibility failed", times=25, second=second)
        await asyncio.sleep(1.0)

    assert counts(caplog, "ChangeMessageVisibility failed") == [25] + [60 * 25] * 9
    assert vars(caplog.records[-1])["second"] == 540


async def test_each_kind_has_its_own_line(troubles: Troubles, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(10):
        troubles.note("ChangeMessageVisibility failed")
        troubles.note("DeleteMessage given up")

    assert caplog.messages == ["ChangeMessageVisibility failed", "DeleteMessage given up"]


async def test_what_was_withheld_is_said_though_it_does_not_happen_again(
    troubles: Troubles, caplog: pytest.LogCaptureFixture
) -> None:
    troubles.note("lock store unavailable")
    troubles.note("lock store is back")
    troubles.note("lock store unavailable")
    troubles.note("lock store is back")
    troubles.flush()
    assert len(caplog.messages) == 2

    await asyncio.sleep(60.0)
    troubles.flush()
    troubles.flush()

    assert caplog.messages == ["lock store unavailable", "lock store is back"] * 2


async def test_a_kind_that_stays_away_is_forgotten_and_then_said_at_once(
    troubles: Troubles, caplog: pytest.LogCaptureFixture
) -> None:
    troubles.note("ChangeMessageVisibility failed")
    await asyncio.sleep(60.0)
    troubles.flush()
    assert len(troubles) == 0

    troubles.note("ChangeMessageVisibility failed")
    assert counts(caplog, "ChangeMessageVisibility failed") == [1, 1]
