"""The two protocols of SQS behind one interface: a request is read and an answer written in the same one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sqsd_adapters.queue.embedded.errors import SqsError
from sqsd_adapters.queue.embedded.parameters import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request: what to do with what."""

    operation: str
    parameters: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back over HTTP."""

    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Dialect(Protocol):
    """One protocol; pure."""

    def answer(self, operation: str, answer: Json, *, request_id: str) -> Reply:
        """Write what an operation returned."""
        ...

    def refusal(self, error: SqsError, *, request_id: str) -> Reply:
        """Write an error."""
        ...
