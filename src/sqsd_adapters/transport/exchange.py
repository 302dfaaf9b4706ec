"""The inner port of the HTTP invoker and of the short path to SQS: one request, one answer."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from sqsd_core.errors import SqsdError

Headers = Sequence[tuple[bytes, bytes]]
#: pairs, or their ``block``, so that what many requests have in common is written once
RequestHeaders = Headers | bytes

MAX_ANSWER = 65_536  # bytes of an answer's body that are kept; contract, section 3
MAX_HEAD = 65_536  # bytes of a status line and headers, 1xx ahead of them included; browsers take 256 KiB
MAX_INTERIM = 1_000  # 1xx answers ahead of one; a job of hours may send 102 every few seconds
KEEP_ALIVE = 4.0  # seconds; Node and uvicorn close an idle connection after 5
REUSE_PAUSE = 300.0  # seconds without reuse after a connection was dropped; contract, section 3


def block(headers: RequestHeaders) -> bytes:
    """Write headers as they are sent, each with its line break.

    Raises:
        ValueError: one of the pairs holds a line break
    """
    if isinstance(headers, bytes):
        return headers
    lines = [*map(b": ".join, headers)]
    # one search in all of them: to count the breaks of the whole takes 2,500 instructions
    if b"\n" in b"".join(lines):
        raise ValueError("a header holds a line break")
    return b"\r\n".join((*lines, b""))


def pairs(headers: RequestHeaders) -> Headers:
    """Read what ``block`` wrote."""
    if not isinstance(headers, bytes):
        return headers
    parts = [line.partition(b": ") for line in headers.split(b"\r\n")[:-1]]
    return [(name, value) for name, _, value in parts]


class Answer(NamedTuple):
    """A complete status line and headers, with as much of the body as was kept.

    A tuple since each message makes one: a frozen dataclass takes four times as long.
    """

    status: int
    #: names in lower case, no blanks around values
    headers: Headers
    body: bytes

    def __repr__(self) -> str:
        return f"Answer(status={self.status})"


class ExchangeError(SqsdError):
    """The exchange failed."""


class NotConnected(ExchangeError):
    """No connection came about (refused, time-out, name not found, TLS): the worker never saw the request."""


class OutOfDescriptors(ExchangeError):
    """No connection came about, for want of file descriptors or memory on our side: the worker is not to blame."""


class Unanswered(ExchangeError):
    """A new connection ended before the first byte of an answer; the worker may have seen the request."""


class Dropped(ExchangeError):
    """As ``Unanswered``, on a connection that had been used before: most likely the worker was about to close it."""


class BadAnswer(ExchangeError):
    """An answer began, and did not become a complete and well-formed one."""


class Silent(BadAnswer):
    """The worker sent no byte for the time that an exchange may idle."""


class Exchange(Protocol):
    """Sends requests of one method to one address and reads the answers.

    One object serves concurrent calls up to the number of connections it was built for; a call beyond waits, in the
    order of the calls. The caller bounds the time by cancelling; a cancelled call closes its connection and leaks
    nothing. Up to ``MAX_INTERIM`` 1xx answers are skipped, redirects are never followed, a body beyond the cap is not
    read (the answer is what was kept of it). What has arrived of an answer is read before an error in writing counts.
    Raises only an ``ExchangeError``. A request is never sent a second time once a byte of it was written. The one
    who opened an exchange closes it, after the last call has ended.
    """

    async def exchange(self, headers: RequestHeaders, body: bytes, *, target: bytes | None = None) -> Answer:
        """Send ``body`` with ``headers``, which are valid by the rules of RFC 9110: read them with ``pairs``.

        ``target`` is the path and the query in place of the address's own, as ``request_target`` builds it.

        ``Host``, ``Content-Length``, ``Accept-Encoding`` and the ``Authorization`` that the URL carries are
        the transport's own and never among ``headers``.
        """
        ...
