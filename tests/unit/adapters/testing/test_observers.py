"""The suite of observers: ours pass, and those that break a promise do not."""

import asyncio

import pytest

from sqsd_adapters.testing.observer_suite import ObserverSuite, assert_none_failed, tell
from sqsd_adapters.testing.story import methods, recorded, retold
from sqsd_core.flow.services.job_log import JobLog
from sqsd_core.flow.services.scoreboard import Scoreboard
from sqsd_core.message import Message
from sqsd_core.ports.observer import Observer


class TestJobLog(ObserverSuite):
    @pytest.fixture
    def observer(self) -> Observer:
        return JobLog()


class TestScoreboard(ObserverSuite):
    @pytest.fixture
    def observer(self) -> Observer:
        scoreboard = Scoreboard()
        for queue in ("", "orders", "mails"):  # as the crew does
            scoreboard.open(queue)
        return scoreboard


def test_the_story_tells_nearly_everything_that_an_observer_can_be_told() -> None:
    told = {event for event, _ in recorded()}
    assert {"received", "duplicate", "started", "settled", "acknowledged", "opened"} <= told <= {*methods()}


def test_a_story_that_is_told_again_is_about_other_messages() -> None:
    def ids(number: int) -> set[str]:
        return {each.id for _, told in retold(number) for each in told if isinstance(each, Message)}

    assert len(ids(1)) == len(ids(2)) > 1
    assert not ids(1) & ids(2)


class Hoarder(Observer):
    """Keeps every message."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def started(self, queue: str, message: Message, at: float) -> None:
        self.messages.append(message)


class Raising(Observer):
    def duplicate(self, queue: str, message: Message) -> None:
        raise KeyError(queue)


class Awaited(Observer):
    async def duplicate(self, queue: str, message: Message) -> None:  # type: ignore[override]
        await asyncio.sleep(0)


def test_an_observer_that_keeps_every_message_does_not_pass(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(AssertionError):
        ObserverSuite().test_messages_beyond_those_it_remembers_take_no_memory(Hoarder(), caplog)


def test_an_observer_that_raises_does_not_pass(caplog: pytest.LogCaptureFixture) -> None:
    ObserverSuite().test_it_raises_nothing_whatever_becomes_of_messages(Raising(), "jobs")
    with pytest.raises(AssertionError, match="KeyError"):
        assert_none_failed(caplog.records)
    with pytest.raises(KeyError):
        tell(Raising(), retold(1))


def test_an_observer_that_has_to_be_awaited_does_not_pass() -> None:
    with pytest.raises(AssertionError):
        ObserverSuite().test_no_call_is_awaited(Awaited())
