"""The conformance suite of observers: subclass it, and provide an observer."""

import gc
import inspect
import logging
import tracemalloc
from collections.abc import Iterator, Sequence

import pytest

from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.testing.story import MESSAGES, Told, be_cut_off, live, methods, retold
from sqsd_adapters.testing.virtual_time import run_in_virtual_time
from sqsd_core.ports.observer import Observer

BATCHES = 20
STORIES = 5  # per batch


class ObserverSuite:
    """Every promise of an observer: it raises nothing, returns at once, and keeps its memory bounded.

    The suite runs a real daemon whose messages succeed, fail, come back, are duplicates or become dead letters. A
    subclass provides the fixture ``observer``, a new observer for each test, already open::

        class TestMine(ObserverSuite):
            @pytest.fixture
            def observer(self):
                return MyObserver()
    """

    #: how many messages the observer remembers; from there on, further ones must take no more memory
    remembered = 0
    #: seconds that the calls about one message may take together, on a slow machine
    cost = 0.001

    @pytest.fixture
    def observer(self) -> Observer:
        raise NotImplementedError("provide the fixture `observer`")

    @pytest.fixture(autouse=True)
    def no_observer_fails(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        """A daemon drops an observer that raises, and goes on; so its log is looked at."""
        yield
        assert_none_failed(caplog.get_records("call"))

    @pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])
    def test_it_raises_nothing_whatever_becomes_of_messages(self, observer: Observer, name: str) -> None:
        run_in_virtual_time(live(observer, name=name))

    @pytest.mark.parametrize("name", ["jobs", "jobs.fifo"])
    def test_it_raises_nothing_whatever_becomes_of_batches(self, observer: Observer, name: str) -> None:
        run_in_virtual_time(live(observer, name=name, batch_size=10))

    def test_it_raises_nothing_when_a_drain_cuts_jobs_off(self, observer: Observer) -> None:
        run_in_virtual_time(be_cut_off(observer))

    def test_it_takes_several_queues(self, observer: Observer) -> None:
        for queue in ("", "orders", "mails"):
            tell(observer, retold(1, queue=queue))

    def test_no_call_is_awaited(self, observer: Observer) -> None:
        assert not [name for name in methods() if inspect.iscoroutinefunction(getattr(observer, name))]

    def test_the_calls_about_a_message_take_microseconds(
        self, observer: Observer, caplog: pytest.LogCaptureFixture
    ) -> None:
        clock, best = SystemClock(), 60.0
        with caplog.at_level(logging.CRITICAL):
            for batch in range(BATCHES):
                stories = [retold(STORIES * batch + number) for number in range(STORIES)]
                begin = clock.monotonic()
                for story in stories:
                    tell(observer, story)
                best = min(best, (clock.monotonic() - begin) / STORIES / MESSAGES)
        assert best < self.cost

    def test_messages_beyond_those_it_remembers_take_no_memory(
        self, observer: Observer, caplog: pytest.LogCaptureFixture
    ) -> None:
        full = max(100, 2 * self.remembered // MESSAGES)
        with caplog.at_level(logging.CRITICAL):
            for number in range(full):
                tell(observer, retold(number))
            gc.collect()
            tracemalloc.start()
            for number in range(full, full + 100):
                tell(observer, retold(number))
            gc.collect()  # what only cycles keep is not remembered
            grown, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        # what was remembered before is freed untraced, so as much may have come in its place
        per_message = 1_000 * min(self.remembered, 100 * MESSAGES)
        assert grown < 50_000 + per_message


def tell(observer: Observer, story: Sequence[Told]) -> None:
    """Call the observer as a daemon does."""
    for event, told in story:
        getattr(observer, event)(*told)


def assert_none_failed(records: Sequence[logging.LogRecord]) -> None:
    failed = [record for record in records if record.getMessage() == "observer raised an error, no longer called"]
    assert not failed, failed[0].exc_text
