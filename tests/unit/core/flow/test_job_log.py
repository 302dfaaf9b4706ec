"""What the log says about each end of a job, also to a handler that prints the message alone."""

import logging

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.outcome import Failed, Interrupted, Outcome, Retained, RetryLater, Succeeded, Unavailable
from tests.support.bare_daemon import work_off

LAST = "last try: SQS moves it to the dead-letter queue"


async def first_line(queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture, outcome: Outcome) -> logging.LogRecord:
    """The record about a job that ended with ``outcome``, and succeeded when it was tried again."""
    caplog.set_level(logging.DEBUG)
    queue.send("body")
    options = DaemonOptions(visibility_timeout=5.0, wait_time=1.0)
    job = ScriptedInvoker({"body": [outcome, Succeeded()]})
    async with running(make_daemon(queue=queue, invoker=job, options=options)):
        await until(lambda: len(job.finished) >= 1)
        await until(lambda: any(record.name.endswith("job_log") for record in caplog.records))
    return next(record for record in caplog.records if record.name.endswith("job_log"))


@pytest.mark.parametrize(
    ("outcome", "level", "said"),
    [
        (Failed("status 500"), logging.WARNING, "job failed: message ID, status 500; next try in 2 s"),
        (Unavailable("refused"), logging.WARNING, "job failed: message ID, refused; next try in 2 s"),
        (Unavailable("status 503", after=9.0), logging.WARNING, "job failed: message ID, status 503; next try in 9 s"),
        (
            RetryLater(3.5, "status 429"),
            logging.INFO,
            "job asked for a retry: message ID, status 429; next try in 3.5 s",
        ),
        (Interrupted("closed"), logging.INFO, "connection interrupted: message ID, closed; next try in 0 s"),
        (Retained(), logging.DEBUG, "job done: message ID, retained; next try in 5 s"),
    ],
)
async def test_the_message_of_what_comes_back_carries_id_reason_and_next_try(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture, outcome: Outcome, level: int, said: str
) -> None:
    line = await first_line(queue, caplog, outcome)

    fields = vars(line)
    assert line.levelno == level
    assert line.getMessage() == said.replace("ID", fields["message_id"])
    assert (fields["event"], fields["outcome"]) == (said.split(":", maxsplit=1)[0], type(outcome).__name__)
    assert fields["next_try_in"] == float(said.split()[-2])


async def test_a_success_is_a_line_for_debugging(queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture) -> None:
    line = await first_line(queue, caplog, Succeeded())

    assert (line.getMessage(), line.levelno) == ("job done", logging.DEBUG)


async def test_the_last_try_says_where_the_message_goes(caplog: pytest.LogCaptureFixture) -> None:
    queue = EmbeddedQueue(clock=LoopClock(), max_receive_count=2)
    queue.send("poison")

    await work_off(queue, ScriptedInvoker({"poison": [Failed("status 500")]}), options=DaemonOptions())

    first, last = [record for record in caplog.records if record.getMessage().startswith("job failed")]
    assert vars(first)["next_try_in"] == 2.0
    assert last.getMessage().endswith(f"status 500; {LAST}")
    assert vars(last)["next_try"] == LAST
    assert not hasattr(last, "next_try_in")


async def test_a_message_that_is_held_says_when_the_worker_is_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    queue = EmbeddedQueue(clock=LoopClock(), max_receive_count=1)
    queue.send("body")
    job = ScriptedInvoker({"body": [Unavailable("reset"), Succeeded()]})

    await work_off(queue, job, options=DaemonOptions())

    (line,) = [record for record in caplog.records if record.getMessage().startswith("job failed")]
    assert 0.7 < vars(line)["next_try_in"] <= 1.0
    assert len(job.invoked) == 2
    assert queue.dead_letters == []


async def test_an_answer_that_was_kept_is_logged_with_its_failure(
    queue: EmbeddedQueue, caplog: pytest.LogCaptureFixture
) -> None:
    line = await first_line(queue, caplog, Failed("status 500", answer="no database"))

    assert vars(line)["answer"] == "no database"
    assert "no database" not in line.getMessage()
