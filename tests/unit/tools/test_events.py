"""Log events that the documentation names and the source does not log are found."""

from tools.events import unknown

SOURCE = 'logger.info("draining")\nnote("queue unavailable", reason=reason)\nnote(f"lock store unavailable, {what}")\n'


def test_an_event_that_the_source_logs_is_accepted() -> None:
    assert unknown("**Log:** `draining`, `queue\nunavailable`\n\nSee `QUEUE_URL`.\n", [SOURCE]) == []


def test_an_event_that_the_source_puts_together_is_accepted() -> None:
    assert unknown("**Log:** `lock store unavailable, receiving stops`\n", [SOURCE]) == []


def test_an_event_that_the_source_does_not_log_is_named() -> None:
    assert unknown("**Log:** `draining`, `queue is away`\n", [SOURCE]) == ["queue is away"]


def test_a_part_of_an_event_is_no_event() -> None:
    assert unknown("**Log:** `queue`\n", [SOURCE]) == ["queue"]
