"""The conformance suite of the Invoker port: subclass it, and provide an invoker that runs the suite's job."""

import asyncio

import pytest

from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Succeeded
from sqsd_core.ports.invoker import Bounded, Invoker

OK, FAIL, HANG, TOGETHER = "ok", "fail", "hang", "together"
TEXT = '{"kind": "ok",\r\n\t"text": "välue 🐝 <xml/> & \\"quotes\\""}'


class SuiteJob:
    """The job of the suite: the body says what it does. It records each body.

    ``fail`` raises. ``hang`` ends when it is cancelled. ``together`` ends when ``InvokerSuite.slots`` of them run.
    Anything else succeeds.
    """

    def __init__(self, *, slots: int) -> None:
        #: the bodies of the jobs that have begun, in order
        self.begun: list[str] = []
        self._slots = slots
        self._changed = asyncio.Condition()

    async def __call__(self, body: str) -> None:
        async with self._changed:
            self.begun.append(body)
            self._changed.notify_all()
        if body == FAIL:
            raise RuntimeError("the suite's job fails")
        if body == HANG:
            await asyncio.Event().wait()
        if body == TOGETHER:
            await self.until_begun(self._slots)

    async def until_begun(self, jobs: int) -> None:
        """Wait until so many jobs have begun."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.begun) >= jobs)


class InvokerSuite:
    """Every promise of the Invoker port.

    A subclass provides the fixture ``invoker``, already open. The worker of that invoker must run ``await job(body)``
    in the event loop of the test. It reports success when that returns, and failure when that raises. ``slots``
    invocations run side by side::

        class TestMine(InvokerSuite):
            @pytest.fixture
            async def invoker(self, job):
                async with MyWorker(job) as worker, MyInvoker(url=worker.url) as invoker:
                    yield invoker
    """

    pytestmark = pytest.mark.asyncio

    #: how many invocations the invoker under test runs side by side
    slots = 3
    #: seconds within which a call ends that is cancelled or whose job has ended
    patience = 5.0
    #: characters of the largest body; SQS takes 1 MiB
    largest = 1_048_576

    @pytest.fixture
    def job(self) -> SuiteJob:
        return SuiteJob(slots=self.slots)

    @pytest.fixture
    def invoker(self, job: SuiteJob) -> Invoker:
        raise NotImplementedError("provide the fixture `invoker`")

    async def test_a_job_that_succeeds_is_succeeded(self, invoker: Invoker) -> None:
        assert await invoker.invoke(self.message(OK)) == Succeeded()

    async def test_a_job_that_fails_is_an_outcome_and_no_exception(self, invoker: Invoker) -> None:
        outcome = await invoker.invoke(self.message(FAIL))
        assert isinstance(outcome, Failed)
        assert outcome.reason

    async def test_an_outcome_does_not_show_the_receipt_handle(self, invoker: Invoker) -> None:
        outcome = await invoker.invoke(self.message(FAIL)._replace(receipt=ReceiptHandle("secret receipt")))
        assert "secret receipt" not in str(outcome)

    async def test_a_body_arrives_as_it_was_sent(self, invoker: Invoker, job: SuiteJob) -> None:
        await invoker.invoke(self.message(TEXT))
        assert job.begun == [TEXT]

    async def test_the_largest_body_arrives(self, invoker: Invoker, job: SuiteJob) -> None:
        body = "x" * self.largest
        assert await invoker.invoke(self.message(body)) == Succeeded()
        assert job.begun == [body]

    async def test_every_slot_runs_a_job_at_the_same_time(self, invoker: Invoker) -> None:
        async with asyncio.timeout(self.patience):
            outcomes = await asyncio.gather(*(invoker.invoke(self.message(TOGETHER, n)) for n in range(self.slots)))
        assert outcomes == [Succeeded()] * self.slots

    async def test_jobs_side_by_side_get_their_own_outcomes(self, invoker: Invoker) -> None:
        bodies = [OK, FAIL, OK][: self.slots]
        outcomes = await asyncio.gather(*(invoker.invoke(self.message(body, n)) for n, body in enumerate(bodies)))
        assert [isinstance(outcome, Failed) for outcome in outcomes] == [body == FAIL for body in bodies]

    async def test_the_same_message_may_be_invoked_again(self, invoker: Invoker, job: SuiteJob) -> None:
        for receive_count in (1, 2):
            message = self.message(OK)._replace(receive_count=receive_count)
            assert await invoker.invoke(message) == Succeeded()
        assert job.begun == [OK, OK]

    async def test_a_cancelled_call_ends_as_cancelled(self, invoker: Invoker, job: SuiteJob) -> None:
        await self._cancel(await self._hanging(invoker, job))

    async def test_after_a_cancelled_call_every_slot_is_free(self, invoker: Invoker, job: SuiteJob) -> None:
        await self._cancel(await self._hanging(invoker, job))
        job.begun.clear()
        async with asyncio.timeout(self.patience):
            outcomes = await asyncio.gather(*(invoker.invoke(self.message(TOGETHER, n)) for n in range(self.slots)))
        assert outcomes == [Succeeded()] * self.slots

    async def test_a_cancelled_call_does_not_end_another(self, invoker: Invoker, job: SuiteJob) -> None:
        if self.slots == 1:
            return
        hanging = await self._hanging(invoker, job)
        other = asyncio.create_task(invoker.invoke(self.message(HANG, 1)))
        await job.until_begun(2)
        await self._cancel(hanging)
        assert not other.done()
        await self._cancel(other)

    async def test_many_jobs_run_one_after_another(self, invoker: Invoker) -> None:
        outcomes = [await invoker.invoke(self.message(OK, number)) for number in range(50)]
        assert outcomes == [Succeeded()] * 50

    async def test_an_invoker_that_can_be_stuck_is_not_at_first(self, invoker: Invoker) -> None:
        assert not isinstance(invoker, Bounded) or not invoker.stuck

    def message(self, body: str, number: int = 0) -> Message:
        """A delivery with this body."""
        return Message(id=MessageId(f"message-{number}"), receipt=ReceiptHandle(f"receipt-{number}"), body=body)

    async def _hanging(self, invoker: Invoker, job: SuiteJob) -> asyncio.Task[object]:
        call: asyncio.Task[object] = asyncio.create_task(invoker.invoke(self.message(HANG)))
        async with asyncio.timeout(self.patience):
            await job.until_begun(1)
        return call

    async def _cancel(self, call: asyncio.Task[object]) -> None:
        call.cancel()
        await asyncio.wait([call], timeout=self.patience)
        assert call.done(), "a cancelled call ends"
        assert call.cancelled(), "a cancelled call raises CancelledError"
