"""What a person does to single messages, the faults that a development tier switches, and who hears of changes."""

from sqsd_adapters.queue.embedded.engine import Engine
from sqsd_adapters.queue.embedded.faults import Fault, FaultKind, Faults
from sqsd_adapters.queue.embedded.journal import Journal, QueueRecord, joined
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.redrive import redrive_to
from sqsd_adapters.queue.embedded.shelf import Counts
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs
from sqsd_adapters.queue.embedded.stored import Sending, Stored
from sqsd_core.message import Message, MessageId
from tests.support.embedded import numbered_engine


def engine_with_dead_letters() -> Engine:
    engine = numbered_engine(dead={}, jobs={})
    engine.set_attributes("jobs", redrive_to("dead", 3), now=0)
    return engine


def send(engine: Engine, *, delay: float | None = None) -> MessageId:
    return engine.send("jobs", Sending(body="hello", delay=delay), now=0).message_id


async def receive(queue: EmbeddedQueue, *, limit: int = 10) -> list[Message]:
    return [*await queue.receive(max_messages=limit, wait=0, visibility=30)]


def test_a_hidden_message_is_shown_at_once() -> None:
    engine = engine_with_dead_letters()
    message_id = send(engine, delay=60)
    assert engine.interventions("jobs").show(message_id, now=1)
    assert [received.id for received in engine.receive("jobs", now=1)] == [message_id]
    assert engine.interventions("jobs").show(message_id, now=2)
    assert engine.receive("jobs", now=2)


def test_a_message_in_flight_is_removed() -> None:
    engine = engine_with_dead_letters()
    message_id = send(engine)
    engine.receive("jobs", now=0)
    assert engine.interventions("jobs").remove(message_id, now=1)
    assert engine.counts("jobs", now=100) == Counts(visible=0, in_flight=0, delayed=0)
    assert not engine.interventions("jobs").remove(message_id, now=1)


def test_a_message_is_buried_in_the_dead_letter_queue_and_sent_back_as_a_new_one() -> None:
    engine = engine_with_dead_letters()
    message_id = send(engine)
    assert engine.interventions("jobs").bury(message_id, now=1)
    assert engine.counts("dead", now=1).visible == 1
    assert not engine.receive("jobs", now=1)
    assert engine.counts("jobs", now=1) == Counts(visible=0, in_flight=0, delayed=0)
    sent = engine.send_back("dead", message_id, "jobs", now=2)
    assert sent is not None
    assert sent.message_id != message_id
    assert engine.counts("jobs", now=2).visible == 1


def test_what_is_gone_is_not_buried_and_not_sent_back() -> None:
    engine = engine_with_dead_letters()
    nobody = MessageId("nobody")
    assert not engine.interventions("jobs").bury(nobody, now=0)
    assert engine.send_back("dead", nobody, "jobs", now=0) is None
    assert not engine.interventions("dead").bury(send(engine), now=0)


async def test_a_deleted_message_is_delivered_once_more() -> None:
    faults = Faults()
    faults.add(Fault(kind=FaultKind.REDELIVER))
    queue = EmbeddedQueue(faults=faults)
    queue.send("hello")
    for _ in range(2):
        [message] = await receive(queue)
        assert not await queue.delete([message.receipt])
    assert queue.is_empty


async def test_the_newest_message_is_received_first() -> None:
    faults = Faults()
    faults.add(Fault(kind=FaultKind.NEWEST_FIRST))
    queue = EmbeddedQueue(faults=faults)
    for body in ("one", "two", "three"):
        queue.send(body)
    assert [message.body for message in await receive(queue, limit=2)] == ["three", "two"]
    faults.clear()
    assert [message.body for message in await receive(queue)] == ["one"]


async def test_a_fifo_queue_keeps_its_order() -> None:
    faults = Faults()
    faults.add(Fault(kind=FaultKind.NEWEST_FIRST))
    queue = EmbeddedQueue(name="jobs.fifo", faults=faults)
    for body in ("one", "two"):
        queue.send(body, group_id="g")
    assert [message.body for message in await receive(queue)] == ["one", "two"]


async def test_a_receive_hides_for_a_shorter_time_than_it_asks_for() -> None:
    faults = Faults()
    faults.add(Fault(kind=FaultKind.SHORT_VISIBILITY, seconds=1))
    queue = EmbeddedQueue(faults=faults)
    queue.send("hello")
    await receive(queue)
    assert queue.in_flight == 1
    assert await queue.receive(max_messages=1, wait=2, visibility=30)


def test_a_fault_is_switched_off_by_itself() -> None:
    faults = Faults()
    reset, throttle = Fault(kind=FaultKind.RESET, count=1), Fault(kind=FaultKind.THROTTLE)
    faults.add(reset, throttle)
    faults.remove(reset, Fault(kind=FaultKind.DELAY))
    assert faults.active == (throttle,)


class Heard(Journal):
    """Notes the ids."""

    def __init__(self) -> None:
        self.queues: list[str] = []
        self.changed: list[str] = []
        self.gone: list[str] = []

    def queue_changed(self, record: QueueRecord) -> None:
        self.queues.append(record.name)

    def queue_gone(self, name: str) -> None:
        self.queues.remove(name)

    def message_changed(self, queue_name: str, message: Stored, *, hidden_until: float, expires_at: float) -> None:
        self.changed.append(message.id)

    def message_gone(self, message: Stored) -> None:
        self.gone.append(message.id)


async def test_each_journal_hears_of_a_change() -> None:
    first, second = Heard(), Heard()
    sqs = EmbeddedSqs(journal=joined(first, None, second))
    queue = EmbeddedQueue(sqs=sqs)
    assert first.queues == second.queues == ["jobs"]
    message_id = queue.send("hello")
    [message] = await receive(queue)
    await queue.delete([message.receipt])
    assert first.changed == second.changed == [message_id, message_id]
    assert first.gone == second.gone == [message_id]
    sqs.engine.delete_queue("jobs")
    assert first.queues == second.queues == []
