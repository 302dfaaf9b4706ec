"""Observers are told by one fan-out; none can hurt a message."""

import asyncio
from collections.abc import Sequence

import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import EPOCH, LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import running, until
from sqsd_core import Closure, Message, MessageId, Outcome, QueueDescription, ReceiptHandle
from sqsd_core.flow.watchers import UNWATCHED, Watchers
from sqsd_core.outcome import Failed, Succeeded
from sqsd_core.ports.observer import Ending, Observer, Unrun
from tests.support.several import daemon_of, filled, queue_plan, worker_plan


class Notebook(Observer):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.notes: list[tuple[object, ...]] = []

    def joined(self, queue: str, name: str) -> None:
        self.notes.append(("joined", queue, name))

    def described(self, queue: str, description: QueueDescription) -> None:
        self.notes.append(("described", queue, description.dead_letter_queue))

    def received(self, queue: str, messages: int) -> None:
        if messages:
            self.notes.append(("received", queue, messages))

    def arrived(self, queue: str, messages: Sequence[Message]) -> None:
        self.notes.append(("arrived", queue, *(message.body for message in messages)))

    def released(self, queue: str, message: Message, why: Unrun) -> None:
        self.notes.append(("released", queue, message.body, why))

    def deleted(self, queue: str, messages: Sequence[Message]) -> None:
        self.notes.append(("deleted", queue, *(message.body for message in messages)))

    def started(self, queue: str, message: Message, at: float) -> None:
        self.notes.append(("started", queue, message.body))

    def settled(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        self.notes.append(("settled", queue, message.body, outcome, ending))

    def cut_off(self, queue: str, message: Message, outcome: Outcome | None) -> None:
        self.notes.append(("cut_off", queue, message.body, outcome))

    def acknowledged(self, queue: str, messages: int) -> None:
        self.notes.append(("acknowledged", queue, messages))

    def closed(self, closure: Closure) -> None:
        self.notes.append(("closed", closure.where, closure.reason.value))

    def opened(self, closure: Closure) -> None:
        self.notes.append(("opened", closure.where, closure.reason.value))


class Ends(Observer):
    """Writes down the ends of jobs, as the cheap calls tell them."""

    def __init__(self) -> None:
        self.together: list[list[tuple[str, float, float]]] = []
        self.returned: list[tuple[str, Outcome, Ending]] = []
        self.deleted_bodies: set[str] = set()

    def succeeded(
        self, queue: str, messages: Sequence[Message], began: Sequence[float], durations: Sequence[float]
    ) -> None:
        bodies = [message.body for message in messages]
        assert not self.deleted_bodies.intersection(bodies)
        self.together.append([*zip(bodies, began, durations, strict=True)])

    def came_back(self, queue: str, message: Message, outcome: Outcome, ending: Ending) -> None:
        self.returned.append((message.body, outcome, ending))

    def deleted(self, queue: str, messages: Sequence[Message]) -> None:
        self.deleted_bodies.update(message.body for message in messages)

    @property
    def succeeded_bodies(self) -> list[str]:
        return [body for jobs in self.together for body, _, _ in jobs]


class Together(ScriptedInvoker):
    """Takes batches as well, and runs their messages side by side."""

    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        return await asyncio.gather(*map(self.invoke, messages))


class Broken(Observer):
    """Raises at the first start."""

    def __init__(self) -> None:
        self.told = 0

    def started(self, queue: str, message: Message, at: float) -> None:
        self.told += 1
        raise ZeroDivisionError


async def test_an_observer_is_told_the_way_of_a_message_in_order() -> None:
    queues = filled({"orders": 1})
    notebook = Notebook()
    job = ScriptedInvoker(duration=2.0)
    daemon = daemon_of([worker_plan("web", job)], [queue_plan("orders", queues["orders"])], observers=[notebook])

    async with running(daemon):
        await until(lambda: queues["orders"].is_empty)

    assert notebook.notes == [
        ("joined", "orders", "orders"),
        ("closed", "orders", "starting"),
        ("opened", "orders", "starting"),
        ("described", "orders", ""),
        ("received", "orders", 1),
        ("arrived", "orders", "orders 0"),
        ("started", "orders", "orders 0"),
        ("settled", "orders", "orders 0", Succeeded(), Ending(2.0, None, last=False, began=EPOCH)),
        ("acknowledged", "orders", 1),
        ("deleted", "orders", "orders 0"),
        ("closed", "", "draining"),
    ]


async def test_a_failure_says_when_the_message_comes_back() -> None:
    queues = filled({"orders": 1})
    notebook = Notebook()
    job = ScriptedInvoker({"orders 0": [Failed("status 500")]})
    daemon = daemon_of([worker_plan("web", job)], [queue_plan("orders", queues["orders"])], observers=[notebook])

    async with running(daemon):
        await until(lambda: bool(job.finished))

    endings = [note[4] for note in notebook.notes if note[0] == "settled"]
    assert endings == [Ending(0.0, 2.0, last=False, began=EPOCH)]


@pytest.mark.parametrize("batch", [1, 5])
async def test_successes_are_told_together_before_their_deletions(batch: int) -> None:
    queues, ends = filled({"orders": 20}), Ends()
    job = Together(duration=2.0)
    worker = worker_plan("web", job, slots=10 // batch, batch_size=batch)
    daemon = daemon_of([worker], [queue_plan("orders", queues["orders"])], observers=[ends])

    async with running(daemon):
        await until(lambda: queues["orders"].is_empty)

    assert [len(jobs) for jobs in ends.together] == [10, 10]
    assert sorted(ends.succeeded_bodies) == sorted(f"orders {number}" for number in range(20))
    for nth, jobs in enumerate(ends.together):
        assert [began - EPOCH for _, began, _ in jobs] == pytest.approx([2.0 * nth] * 10)
        assert [duration for _, _, duration in jobs] == pytest.approx([2.0] * 10)
    assert ends.returned == []


@pytest.mark.parametrize("batch", [1, 5])
async def test_each_end_is_told_once(batch: int) -> None:
    queues, ends = filled({"orders": 5}), Ends()
    job = Together({"orders 3": [Failed("status 500"), Succeeded()]})
    worker = worker_plan("web", job, batch_size=batch)
    daemon = daemon_of([worker], [queue_plan("orders", queues["orders"])], observers=[ends])

    async with running(daemon):
        await until(lambda: queues["orders"].is_empty)

    assert [(body, outcome) for body, outcome, _ in ends.returned] == [("orders 3", Failed("status 500"))]
    assert sorted(ends.succeeded_bodies) == [f"orders {number}" for number in range(5)]


async def test_a_job_that_a_drain_cuts_off_has_not_succeeded() -> None:
    queues, ends = filled({"orders": 1}), Ends()
    job = ScriptedInvoker(duration=30.0)
    plans = [worker_plan("web", job)], [queue_plan("orders", queues["orders"])]
    daemon = daemon_of(*plans, observers=[ends], drain_timeout=5.0)

    async with running(daemon):
        await until(lambda: bool(job.invoked))

    assert (ends.together, ends.returned) == ([], [])


async def test_an_observer_is_told_where_dead_letters_go() -> None:
    queue = EmbeddedQueue(clock=LoopClock(), name="orders", max_receive_count=3)
    notebook = Notebook()
    daemon = daemon_of([worker_plan("web", ScriptedInvoker())], [queue_plan("orders", queue)], observers=[notebook])

    async with running(daemon):
        await until(lambda: any(note[0] == "described" for note in notebook.notes))

    (description,) = (await queue.describe(),)
    assert ("described", "orders", description.dead_letter_queue) in notebook.notes
    assert description.dead_letter_queue


async def test_an_observer_is_told_of_what_goes_back_without_having_run() -> None:
    queues = filled({"orders": 3})
    notebook = Notebook()
    job = ScriptedInvoker(duration=30.0)
    daemon = daemon_of(
        [worker_plan("web", job, slots=1)],
        [queue_plan("orders", queues["orders"])],
        observers=[notebook],
        drain_timeout=5.0,
    )

    async with running(daemon):
        await until(lambda: bool(job.invoked))

    released = {note[2]: note[3] for note in notebook.notes if note[0] == "released"}
    assert released[job.bodies[0]] is Unrun.CUT_OFF
    assert set(released.values()) <= {Unrun.CUT_OFF, Unrun.DRAINED}
    assert [note[1:] for note in notebook.notes if note[0] == "cut_off"] == [("orders", job.bodies[0], None)]
    assert not any(note[0] == "settled" for note in notebook.notes)


async def test_an_observer_that_raises_is_told_nothing_more(caplog: pytest.LogCaptureFixture) -> None:
    queues = filled({"orders": 20})
    broken, notebook = Broken(), Notebook()
    daemon = daemon_of(
        [worker_plan("web", ScriptedInvoker())],
        [queue_plan("orders", queues["orders"])],
        observers=[broken, notebook],
    )

    async with running(daemon):
        await until(lambda: queues["orders"].is_empty)

    assert broken.told == 1
    assert caplog.messages.count("observer raised an error, no longer called") == 1
    assert sum(note[0] == "started" for note in notebook.notes) == 20
    assert daemon.snapshot().deleted == 20


def test_what_nobody_watches_is_one_empty_call() -> None:
    assert Watchers([Broken()]).settled is UNWATCHED.started


class Counting(Observer):
    """Overrides what is told of a batch as a whole."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def batch_started(self, queue: str, messages: Sequence[Message], at: float) -> None:
        self.sizes.append(len(messages))


def test_a_batch_is_told_as_a_whole_or_message_by_message() -> None:
    notebook, counting = Notebook(), Counting()
    messages = [Message(id=MessageId(body), receipt=ReceiptHandle(body), body=body) for body in ("a", "b")]
    Watchers([notebook, counting]).batch_started("jobs", messages, EPOCH)
    assert notebook.notes == [("started", "jobs", "a"), ("started", "jobs", "b")]
    assert counting.sizes == [2]


def test_a_batch_that_nobody_watches_is_one_empty_call() -> None:
    assert Watchers([Observer()]).batch_started is UNWATCHED.started


@pytest.mark.parametrize(("observer", "told"), [(Broken(), True), (Notebook(), True), (Ends(), False)])
def test_single_jobs_are_told_to_those_who_want_to_know(observer: Observer, told: bool) -> None:
    assert Watchers([observer]).each_job is told
