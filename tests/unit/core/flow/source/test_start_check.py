"""What the queue says of itself at start, and what the log makes of it."""

import logging

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock
from sqsd_core.errors import QueueError, QueueNotFound, QueueRefused, QueueUnavailable
from sqsd_core.flow.admission import Admission
from sqsd_core.flow.source.start_check import StartCheck
from sqsd_core.policy.admission import Reason
from sqsd_core.ports.queue import Queue, QueueDescription
from tests.support.troubled_queue import TroubledQueue

RISK = "queue has no redrive policy"


def check_of(queue: Queue, admission: Admission, learnt: list[QueueDescription] | None = None) -> StartCheck:
    answers = [] if learnt is None else learnt
    return StartCheck(queue=queue, shown="orders", admission=admission, learn=answers.append)


@pytest.fixture
async def admission() -> Admission:
    admission = Admission(clock=LoopClock())
    admission.close(Reason.STARTING)
    return admission


async def test_a_queue_that_never_gives_a_message_up_is_warned_of(
    queue: EmbeddedQueue, admission: Admission, caplog: pytest.LogCaptureFixture
) -> None:
    await check_of(queue, admission).ask()

    [warning] = [record for record in caplog.records if record.message == RISK]
    assert (warning.levelno, vars(warning)["queue"]) == (logging.WARNING, "orders")


async def test_a_queue_with_a_dead_letter_queue_is_not(admission: Admission, caplog: pytest.LogCaptureFixture) -> None:
    learnt: list[QueueDescription] = []
    await check_of(EmbeddedQueue(clock=LoopClock(), max_receive_count=3), admission, learnt).ask()

    assert [description.max_receive_count for description in learnt] == [3]
    assert RISK not in caplog.messages
    assert admission.ready


@pytest.mark.parametrize("error", [QueueRefused("AccessDenied"), QueueUnavailable("timed out")])
async def test_a_check_that_fails_names_the_call_and_leaves_the_rest_to_the_first_receive(
    queue: EmbeddedQueue, admission: Admission, caplog: pytest.LogCaptureFixture, error: QueueError
) -> None:
    troubled = TroubledQueue(queue)
    troubled.fail("describe", error)

    learnt: list[QueueDescription] = []
    await check_of(troubled, admission, learnt).ask()
    assert not learnt
    assert caplog.messages == ["GetQueueAttributes failed"]
    assert admission.closed_for(Reason.STARTING)


async def test_a_queue_that_does_not_exist_ends_the_start(queue: EmbeddedQueue, admission: Admission) -> None:
    troubled = TroubledQueue(queue)
    troubled.fail("describe", QueueNotFound())

    with pytest.raises(QueueNotFound):
        await check_of(troubled, admission).ask()
