"""One HTTP/1.1 connection: a protocol that sends a request and resolves one future with the answer."""

import asyncio
import socket

from sqsd_adapters.transport.answer_parser import AnswerParser
from sqsd_adapters.transport.exchange import Answer, BadAnswer, Dropped, ExchangeError, NotConnected, Silent, Unanswered
from sqsd_adapters.transport.failures import refuses_our_certificate, why_not_connected
from sqsd_adapters.transport.link import PIECE, Link

#: an error is a result too: a future that nobody awaits any more may hold one without complaint
Result = Answer | ExchangeError
#: gets the result of one request; None where nothing was written, so that another connection may carry the request
Waiting = asyncio.Future[Result | None]


class Connection(Link):
    """Carries one exchange at a time, and another one as long as it is ``reusable``.

    Sets no timers: the code that awaits the future bounds the time, and aborts a connection that did not answer.
    """

    closed: asyncio.Future[None]

    def __init__(self, *, connected: socket.socket, max_answer: int, all_open: set["Connection"]) -> None:
        super().__init__(connected=connected)
        self._parser = AnswerParser(max_answer=max_answer)
        #: holds this connection until the loop has closed it; the code that connected it adds it, since uvloop does not
        #: report the end of one whose connecting was cancelled
        self._all_open = all_open
        self._loop = asyncio.get_running_loop()
        self.closed = self._loop.create_future()
        self._result: Waiting | None = None
        self._unsent = memoryview(b"")
        #: whether the last exchange left the connection between two answers
        self.reusable = False
        #: whether an exchange has ended on it
        self.used = False
        #: the loop's time of its last use, of its beginning, and of the last byte that came
        self.idle_since = 0.0
        self.opened_at = self.heard_at = self._loop.time()
        #: whether somebody asks when the last byte came
        self.watched = False

    def send(self, head: bytes, body: bytes, future: Waiting) -> None:
        """Send a request; ``future`` gets its answer. The connection is open and carries no other exchange."""
        self._result = future
        self.reusable = False
        self._parser.expect()
        if len(body) <= PIECE:
            self._transport.write(head + body)
        else:
            self._expect_much()
            self._transport.write(head)
            self._unsent = memoryview(body)
            self._send_on()

    def fall_silent(self, reason: str) -> None:
        """End the exchange, since the worker says nothing."""
        self._resolve(Silent(reason))

    # Called by the event loop.

    def data_received(self, data: bytes) -> None:
        if self.watched:
            self.heard_at = self._loop.time()
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
        if not self._parser.begun:
            self._resolve(self._unanswered())
            return
        try:
            self._resolve(self._parser.end())
        except BadAnswer as error:
            self._resolve(error)

    def connection_lost(self, error: Exception | None) -> None:
        self.error = error
        self._read_on()
        if refuses_our_certificate(error):
            self._resolve(NotConnected(why_not_connected(error)))
        elif self._parser.begun:
            self._resolve(BadAnswer("the connection was lost"))
        else:
            self._resolve(self._unanswered())
        self._unsent = memoryview(b"")
        self._close_spare()
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
            if self._tls is not None and self.poll(0):
                # it may be the answer, or the end; a write would only add to it, and asyncio logs each that fails
                self._loop.call_soon(self._send_on)
                return
            piece, self._unsent = self._unsent[:PIECE], self._unsent[PIECE:]
            self._transport.write(piece)

    def _read_on(self) -> None:
        if self._result is None or self._result.done():
            return
        for data in self._unread():
            self.data_received(data)
            if self._result is None:
                return

    def _unanswered(self) -> ExchangeError:
        reason = "the connection ended before the first byte of an answer"
        return Dropped(f"{reason}; it had been used before") if self.used else Unanswered(reason)

    def _resolve(self, result: Result) -> None:
        future, self._result = self._result, None
        if future is None:
            return
        self.reusable = self._parser.reusable and not self._unsent and self._transport.get_write_buffer_size() == 0
        if self._spare is not None:
            self._close_spare()
        if not future.done():
            future.set_result(result)
