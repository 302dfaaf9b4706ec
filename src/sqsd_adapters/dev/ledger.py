"""Remembers messages from their sending to their end: told by the embedded SQS and by the invoker."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqsd_adapters.dev.life import Call, Life, State
from sqsd_adapters.dev.readers import Readers
from sqsd_adapters.queue.embedded import stored
from sqsd_adapters.queue.embedded.journal import QueueRecord
from sqsd_adapters.queue.embedded.stored import Stored
from sqsd_core.message import Message, MessageId
from sqsd_core.outcome import Outcome
from sqsd_core.ports.clock import Clock

LIMIT = 10_000  # messages that are remembered
BUDGET = 64 * 1_048_576  # bytes of bodies and answers that are remembered
MOMENT = 0.05  # seconds; a message that is hidden for less counts as visible

_STATES = {
    stored.State.DELAYED: State.DELAYED,
    stored.State.VISIBLE: State.WAITING,
    stored.State.IN_FLIGHT: State.HIDDEN,
    stored.State.GONE: State.DELETED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What has changed since a version."""

    version: int
    #: the latest change first
    lives: list[Life]
    forgotten: list[MessageId]
    #: whether these are all messages, in place of what was known before
    complete: bool


class Ledger:
    """A Journal. Beyond its limits the messages that are gone longest are forgotten first.

    A reader keeps a version and asks for the changes since then, so a slow one costs no memory.
    """

    def __init__(self, *, clock: Clock, limit: int = LIMIT, budget: int = BUDGET) -> None:
        self._clock = clock
        self._epoch = clock.now() - clock.monotonic()
        self._limit, self._budget = limit, budget
        #: in the order in which they were sent
        self._lives: dict[MessageId, Life] = {}
        #: in the order of their latest changes
        self._recent: dict[MessageId, None] = {}
        self._gone: dict[MessageId, None] = {}
        self._forgotten: deque[tuple[int, MessageId]] = deque(maxlen=limit)
        self._size = 0
        self.version = 0
        self._readers = Readers()
        #: called with each call of the worker that has ended
        self.on_end: Callable[[Life, Call], None] = _ignore

    def __len__(self) -> int:
        return len(self._lives)

    def find(self, message_id: str) -> Life | None:
        return self._lives.get(MessageId(message_id))

    async def changed(self, *, since: int, within: float) -> None:
        """Wait for a change after ``since``, for at most ``within`` seconds."""
        if self.version <= since:
            await self._readers.wait(within=within)

    def since(self, version: int) -> Changes:
        """The changes after ``version``; 0 asks for everything."""
        forgotten = self._forgotten
        known = not forgotten or len(forgotten) < self._limit or forgotten[0][0] <= version
        complete = version == 0 or not known
        return Changes(
            version=self.version,
            lives=[*self._after(0 if complete else version)],
            forgotten=[] if complete else [each for at, each in forgotten if at > version],
            complete=complete,
        )

    def queue_changed(self, record: QueueRecord) -> None:
        del record
        self._readers.wake()

    def queue_gone(self, name: str) -> None:
        del name
        self._readers.wake()

    def message_changed(self, queue_name: str, message: Stored, *, hidden_until: float, expires_at: float) -> None:
        """Note where a message stands now."""
        del expires_at
        now, until = self._clock.now(), hidden_until + self._epoch
        life = self._lives.get(message.id) or self._enter(queue_name, message)
        if queue_name != life.queue:
            life.replace_last("deleted")
            life.note(now, f"moved to {queue_name}")
            life.queue, life.visible_at = queue_name, now
        elif message.receive_count > life.receives:
            life.note(now, f"received ({message.receive_count})", f"waited {_seconds(now - life.visible_at)}")
            life.visible_at = until
        elif message.state is stored.State.DELAYED:
            life.note(now, f"delayed for {_seconds(until - now)}")
            life.visible_at = until
        elif message.state is stored.State.IN_FLIGHT and life.running is None:
            hidden = until - now
            life.note(now, "visible again" if hidden < MOMENT else f"hidden for {_seconds(hidden)}")
            life.visible_at = until
        life.receives = message.receive_count
        life.state = _STATES[message.state]
        life.until = until if life.state in {State.DELAYED, State.HIDDEN} else None
        self._gone.pop(life.id, None)
        self._touch(life)

    def message_gone(self, message: Stored) -> None:
        life = self._lives.get(message.id)
        if life is not None:
            life.state, life.until = State.DELETED, None
            life.note(self._clock.now(), "deleted")
            self._gone[life.id] = None
            self._touch(life)
            self._forget()

    def sent_back(self, old: MessageId, new: MessageId) -> None:
        """Note that a dead letter is a new message now."""
        now = self._clock.now()
        before, after = self._lives.get(old), self._lives.get(new)
        if before is not None and after is not None:
            before.state = State.SENT_BACK
            before.replace_last("deleted")
            before.note(now, f"sent back to {after.queue}", f"as {new}")
            after.note(now, f"sent back from {before.queue}", f"was {old}")
            self._touch(before)
            self._touch(after)

    def noted(self, message_id: MessageId, what: str, detail: str = "") -> None:
        """Note what the daemon did with a message."""
        life = self._lives.get(message_id)
        if life is not None:
            life.note(self._clock.now(), what, detail)
            self._touch(life)

    def begin(self, message: Message) -> Call:
        """The worker is called."""
        call = Call(number=message.receive_count, at=self._clock.now())
        life = self._lives.get(message.id)
        if life is not None:
            life.add(call)
            self._touch(life)
        return call

    def end(self, message: Message, call: Call, outcome: Outcome | None) -> None:
        """The call has ended; None: it was cancelled."""
        call.ended_at = self._clock.now()
        call.outcome = "Cancelled" if outcome is None else type(outcome).__name__
        call.reason = "cancelled" if outcome is None else getattr(outcome, "reason", "")
        life = self._lives.get(message.id)
        if life is not None:
            self._weigh(life)
            self._touch(life)
            self.on_end(life, call)

    def _enter(self, queue_name: str, message: Stored) -> Life:
        sent_at = message.sent_at + self._epoch
        life = Life(
            id=message.id,
            queue=queue_name,
            sending=message.sending,
            sent_at=sent_at,
            state=State.WAITING,
            visible_at=sent_at,
        )
        life.note(sent_at, "sent", f"to {queue_name}")
        self._lives[life.id] = life
        self._weigh(life)
        self._forget()
        return life

    def _weigh(self, life: Life) -> None:
        """Count what a life takes now; beyond its limit of calls it gives up old ones."""
        size = life.size
        self._size += size - life.counted
        life.counted = size

    def _touch(self, life: Life) -> None:
        self.version += 1
        life.version = self.version
        self._recent.pop(life.id, None)
        self._recent[life.id] = None
        self._readers.wake()

    def _after(self, version: int) -> Iterator[Life]:
        for message_id in reversed(self._recent):
            life = self._lives[message_id]
            if life.version <= version:
                return
            yield life

    def _forget(self) -> None:
        while len(self._lives) > self._limit or (self._size > self._budget and self._gone):
            message_id = next(iter(self._gone or self._lives))
            life = self._lives.pop(message_id)
            self._gone.pop(message_id, None)
            self._recent.pop(message_id, None)
            self._size -= life.counted
            self.version += 1
            self._forgotten.append((self.version, message_id))


def _ignore(life: Life, call: Call) -> None:
    del life, call


def _seconds(duration: float) -> str:
    return f"{round(duration, 1):g} s" if duration >= 1 else f"{max(0, round(duration * 1000))} ms"
