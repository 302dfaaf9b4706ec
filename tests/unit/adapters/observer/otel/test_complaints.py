"""What the SDK logs, as lines of the daemon."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sqsd_adapters.observer.otel.complaints import PAUSE, Complaints


@contextmanager
def listening() -> Iterator[None]:
    """Not a fixture: before a test, pytest adds handlers of its own to loggers that do not propagate."""
    made = Complaints()
    made.begin()
    try:
        yield
    finally:
        made.end()


def complain(name: str = "opentelemetry.exporter", at: float = 0.0, text: str = "UNAVAILABLE") -> None:
    record = logging.LogRecord(name, logging.ERROR, __file__, 1, text, (), None)
    record.created = at
    logging.getLogger(name).handle(record)


def test_the_same_complaint_is_one_line_per_minute_with_a_count(caplog: pytest.LogCaptureFixture) -> None:
    with listening():
        for second in range(int(PAUSE) + 1):
            complain(at=1_000.0 + second)
    assert [record.message for record in caplog.records] == ["telemetry not exported"] * 2
    assert [record.__dict__["count"] for record in caplog.records] == [1, int(PAUSE)]


def test_what_the_collector_said_is_shown_escaped(caplog: pytest.LogCaptureFixture) -> None:
    with listening():
        complain(text="bad\nline")
    assert caplog.records[0].__dict__["reason"] == "bad\\x0aline"


def test_another_logger_has_a_line_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    with listening():
        complain("opentelemetry.exporter")
        complain("opentelemetry.sdk")
    assert len(caplog.records) == 2


def test_a_closed_one_leaves_the_loggers_as_they_were(caplog: pytest.LogCaptureFixture) -> None:
    with listening():
        pass
    complain()
    assert [record.message for record in caplog.records] == ["UNAVAILABLE"]


def test_it_listens_until_the_last_daemon_of_the_process_has_ended(caplog: pytest.LogCaptureFixture) -> None:
    made = Complaints()
    made.begin()
    made.begin()
    made.end()
    try:
        complain()
    finally:
        made.end()
    complain()
    assert [record.message for record in caplog.records] == ["telemetry not exported", "UNAVAILABLE"]
