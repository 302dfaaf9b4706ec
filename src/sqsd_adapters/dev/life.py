"""What is remembered of a message: where it stands, what happened to it, and each call of the worker."""

from dataclasses import dataclass, field
from enum import StrEnum

from sqsd_adapters.queue.embedded.stored import Sending
from sqsd_core.message import MessageId

MAX_STEPS = 200  # of one message; a message that fails for days has thousands
MAX_CALLS = 50  # of one message


class State(StrEnum):
    """Where a message stands, in the words that a person reads."""

    #: its delay has not ended
    DELAYED = "delayed"
    #: it can be received
    WAITING = "waiting"
    #: the worker has it
    RUNNING = "running"
    #: it was received, and comes back when its visibility timeout ends
    HIDDEN = "hidden"
    #: it is in a dead-letter queue
    DEAD = "dead"
    DELETED = "deleted"
    #: it was sent back from a dead-letter queue, as a new message
    SENT_BACK = "sent back"


@dataclass(slots=True, kw_only=True, eq=False)
class Call:
    """One call of the worker. Instants are Unix time in seconds."""

    #: the receive count that the worker was told
    number: int
    at: float
    ended_at: float | None = None
    #: the request line and the headers as they were sent; empty where the worker is a Python callable
    head: bytes = field(default=b"", repr=False)
    #: whether the request had the message as its body; a periodic task's has none
    with_body: bool = True
    status: int | None = None
    answer_headers: tuple[tuple[bytes, bytes], ...] = field(default=(), repr=False)
    answer_body: bytes = field(default=b"", repr=False)
    #: the name of the outcome: ``Succeeded``, ``Failed``, …; empty while the call runs
    outcome: str = ""
    reason: str = ""
    #: the traceback of a Python callable
    traceback: str = field(default="", repr=False)

    @property
    def succeeded(self) -> bool:
        return self.outcome == "Succeeded"

    @property
    def size(self) -> int:
        """Bytes of what the page shows of it; it grows while the call runs."""
        headers = sum(len(name) + len(value) for name, value in self.answer_headers)
        return len(self.head) + headers + len(self.answer_body) + len(self.traceback)

    @property
    def duration(self) -> float | None:
        """Seconds; None while the call runs."""
        return None if self.ended_at is None else max(0.0, self.ended_at - self.at)

    @property
    def answer(self) -> str:
        """What the worker said, in a word or two."""
        if self.status is not None:
            return str(self.status)
        return ("done" if self.succeeded else self.reason or self.outcome) if self.outcome else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened; ``at`` is Unix time."""

    at: float
    what: str
    detail: str = ""
    call: Call | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Life:
    """One message. Instants are Unix time in seconds."""

    id: MessageId
    queue: str
    sending: Sending = field(repr=False)
    sent_at: float
    #: of the engine's states; RUNNING and DEAD follow from calls and from the queue
    state: State
    #: when a delayed or hidden message can be received
    until: float | None = None
    #: since when it could be received, the last time that it could
    visible_at: float
    receives: int = 0
    steps: list[Step] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    #: the bytes that the ledger has counted for it
    counted: int = 0
    #: the count of all changes, when this one changed last
    version: int = 0

    @property
    def gone(self) -> bool:
        return self.state in {State.DELETED, State.SENT_BACK}

    @property
    def running(self) -> Call | None:
        """The call that has not ended."""
        return next((call for call in reversed(self.calls) if call.ended_at is None), None)

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return 2_000 + len(self.sending.body) + sum(call.size for call in self.calls)

    def note(self, at: float, what: str, detail: str = "", call: Call | None = None) -> None:
        self.steps.append(Step(at=at, what=what, detail=detail, call=call))
        del self.steps[:-MAX_STEPS]

    def replace_last(self, what: str) -> None:
        """Take the last step back, if it says ``what``: more is known now."""
        if self.steps and self.steps[-1].what == what:
            self.steps.pop()

    def add(self, call: Call) -> None:
        self.calls.append(call)
        del self.calls[:-MAX_CALLS]
        self.note(call.at, "invoked", call=call)
