"""One HTTP/1.1 connection: a protocol that sends a request and resolves one future with the answer."""

import asyncio
import select
from typing import cast

from sqsd_adapters.transport.answer_parser import AnswerParser
from sqsd_adapters.transport.exchange import Answer, BadAnswer, ExchangeError, NotConnected
from sqsd_adapters.transport.failures import refuses_our_certificate, why_not_connected

_PIECE = 65_536  # bytes a read; and asyncio's high-water mark: what a worker that does not read makes us copy

#: an error is a result too: a future that nobody awaits any more may hold one without complaint
Result = Answer | ExchangeError


class Connection(asyncio.Protocol):
    """Carries one exchange at a time, and another one as long as it is ``reusable``.

    Sets no timers: whoever awaits the future bounds the time, and aborts a connection that did not answer.
    """

    closed: asyncio.Future[None]
    _transport: asyncio.Transport

    def __init__(self, *, max_answer: int, all_open: set["Connection"]) -> None:
        self._parser = AnswerParser(max_answer=max_answer)
        #: holds this connection until the loop has closed it; whoever connected it adds it, since uvloop does not
        #: report the end of one whose connecting was cancelled
        self._all_open = all_open
        self.closed = asyncio.get_running_loop().create_future()
        self._made = False
        self._readable = select.poll()
        self._poll = self._readable.poll
        self._result: asyncio.Future[Result] | None = None
        self._unsent = memoryview(b"")
        self._paused = False
        #: whether the last exchange left the connection between two answers
        self.reusable = False
        #: the loop's time of its last use
        self.idle_since = 0.0

    @property
    def is_open(self) -> bool:
        return self._made and not self._transport.is_closing()

    @property
    def is_ready(self) -> bool:
        """Open, with nothing waiting to be read: neither the end of the stream nor an answer to no request.

        Asks the system, since what has arrived reaches ``data_received`` a turn of the loop later at best.
        """
        return self._made and not self._transport.is_closing() and not self._poll(0)

    def send(self, head: bytes, body: bytes, future: asyncio.Future[Result]) -> None:
        """Send a request; ``future`` gets its answer. The connection is open and carries no other exchange."""
        self._result = future
        self.reusable = False
        self._parser.expect()
        if len(body) <= _PIECE:
            self._transport.write(head + body)
        else:
            self._transport.write(head)
            self._unsent = memoryview(body)
            self._send_on()

    def abort(self) -> None:
        """Close at once, whatever is under way."""
        if self._made:
            self._transport.abort()

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._made = True
        if hasattr(transport, "max_size"):
            # asyncio's own: a buffer of 256 KiB is allocated for each read, at seven times the time of one of 64 KiB
            transport.max_size = _PIECE
        self._readable.register(transport.get_extra_info("socket").fileno(), select.POLLIN)

    def data_received(self, data: bytes) -> None:
        if self._result is None:
            # an answer to nothing; the next request's must not be mistaken for it
            self.abort()
            return
        try:
            answer = self._parser.feed(data)
        except BadAnswer as error:
            self._resolve(error)
        else:
            if answer is not None:
                self._resolve(answer)

    def eof_received(self) -> None:
        if self._result is None:
            return
        try:
            self._resolve(self._parser.end())
        except BadAnswer as error:
            self._resolve(error)

    def connection_lost(self, error: Exception | None) -> None:
        if refuses_our_certificate(error):
            self._resolve(NotConnected(why_not_connected(error)))
        else:
            self._resolve(BadAnswer("the connection was lost"))
        self._unsent = memoryview(b"")
        self._all_open.discard(self)
        if not self.closed.done():
            self.closed.set_result(None)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._send_on()

    def _send_on(self) -> None:
        while self._unsent and not self._paused and self.is_open:
            piece, self._unsent = self._unsent[:_PIECE], self._unsent[_PIECE:]
            self._transport.write(piece)

    def _resolve(self, result: Result) -> None:
        future, self._result = self._result, None
        if future is None:
            return
        sent = not self._unsent and self._transport.get_write_buffer_size() == 0
        self.reusable = sent and self._parser.reusable
        if not future.done():
            future.set_result(result)
