"""What observers are told while a daemon works, recorded once, and told again about other messages."""

import asyncio
import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from sqsd_adapters.lock_store.memory import MemoryLockStore
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import LoopClock, ScriptedInvoker
from sqsd_adapters.testing.harness import make_daemon, running, until
from sqsd_adapters.testing.virtual_time import run_in_virtual_time
from sqsd_core.flow.options import DaemonOptions
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Interrupted, Outcome, Retained, RetryLater, Succeeded, Unavailable
from sqsd_core.policy.locking import Lock
from sqsd_core.ports.observer import Observer

#: every outcome, by the body of the message that has it at first
SCRIPT: dict[str, list[Outcome]] = {
    "succeeded": [Succeeded()],
    "failed": [Failed("status 500"), Succeeded()],
    "later": [RetryLater(30.0), Succeeded()],
    "retained": [Retained(), Succeeded()],
    "unavailable": [Unavailable("connection refused"), Succeeded()],
    "interrupted": [Interrupted("closed"), Succeeded()],
    "never": [Failed("")],
}
DONE = "done"
MESSAGES = len(SCRIPT) + 1
RECEIVES = 3

#: the name of a method of Observer, and its arguments
Told = tuple[str, tuple[Any, ...]]


class Batching(ScriptedInvoker):
    """Runs the script in batches."""

    async def invoke_batch(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        return await asyncio.gather(*(self.invoke(message) for message in messages))


async def live(observer: Observer, *, name: str = "jobs", batch_size: int = 1) -> None:
    """Run a daemon that meets every outcome, a message that is done already, and one that never succeeds."""
    queue = EmbeddedQueue(name=name, max_receive_count=RECEIVES)
    locks = MemoryLockStore(clock=LoopClock())
    for body in SCRIPT:
        queue.send(body, group_id=body)
    done = queue.send(DONE, group_id=DONE)
    await locks.complete([Lock(done, "another daemon")], expire=3_600.0)
    options = DaemonOptions(slots=4, visibility_timeout=5.0, wait_time=1.0, batch_size=batch_size)
    invoker = Batching(SCRIPT, duration=0.1)
    daemon = make_daemon(queue=queue, invoker=invoker, lock_store=locks, options=options, observers=[observer])
    async with running(daemon):
        await until(lambda: queue.is_empty, within=3_600.0)
    assert list(queue.dead_letters) == ["never"]


async def be_cut_off(observer: Observer) -> None:
    """Run a daemon whose drain cancels a job."""
    queue = EmbeddedQueue()
    queue.send("long")
    invoker = ScriptedInvoker(duration=3_600.0)
    options = DaemonOptions(drain_timeout=0.0, wait_time=1.0)
    daemon = make_daemon(queue=queue, invoker=invoker, options=options, observers=[observer])
    async with running(daemon):
        await until(lambda: invoker.running == 1)


@cache
def recorded() -> Sequence[Told]:
    """What an observer is told of ``live``."""
    story: list[Told] = []
    run_in_virtual_time(live(_recorder(story)))
    return story


def retold(number: int, *, queue: str = "") -> list[Told]:
    """The same about other messages, of another queue."""
    return [(event, tuple(_renamed(each, number, queue) for each in told)) for event, told in recorded()]


def methods() -> Iterator[str]:
    """The names of what an observer can be told."""
    yield from (name for name, _ in inspect.getmembers(Observer, inspect.isfunction) if not name.startswith("_"))


def _recorder(story: list[Told]) -> Observer:
    def recording(event: str) -> Callable[..., None]:
        return lambda _, *told: story.append((event, told))

    made: Observer = type("Recorder", (Observer,), {event: recording(event) for event in methods()})()
    return made


def _renamed(told: Any, number: int, queue: str) -> Any:  # noqa: ANN401 - whatever an observer is told
    match told:
        case "":
            return queue
        case Message():
            return told._replace(id=MessageId(f"{told.id}-{number}"), receipt=ReceiptHandle(f"{told.receipt}-{number}"))
        case [Message(), *_]:
            return [_renamed(message, number, queue) for message in told]
        case _:
            return told
