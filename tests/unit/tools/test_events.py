"""Log events that only the documentation or only the source knows are found."""

import pytest

from tools.events import unexplained, unknown

SOURCE = 'logger.info("draining")\nnote("queue unavailable", reason=reason)\nnote(f"lock store unavailable, {what}")\n'


def test_an_event_that_the_source_logs_is_accepted() -> None:
    assert unknown("**Log:** `draining`, `queue\nunavailable`\n\nSee `QUEUE_URL`.\n", [SOURCE]) == []


def test_an_event_that_the_source_puts_together_is_accepted() -> None:
    assert unknown("**Log:** `lock store unavailable, receiving stops`\n", [SOURCE]) == []


def test_an_event_that_the_source_does_not_log_is_named() -> None:
    assert unknown("**Log:** `draining`, `queue is away`\n", [SOURCE]) == ["queue is away"]


def test_a_part_of_an_event_is_no_event() -> None:
    assert unknown("**Log:** `queue`\n", [SOURCE]) == ["queue"]


@pytest.mark.parametrize(
    "source", ['logger.warning("disk full")', 'FULL = "disk full"\nlogger.error(FULL, extra={"count": 1})']
)
def test_a_warning_that_the_page_leaves_out_is_named(source: str) -> None:
    assert unexplained("**Log:** `draining`\n", [source]) == ["disk full"]
    assert unexplained("**Log:** `draining`, `disk full`\n", [source]) == []


def test_other_events_need_no_explanation() -> None:
    assert unexplained("", ['logger.info("draining")\nwarn("not ready")\nlogger.warning(event)\n']) == []
