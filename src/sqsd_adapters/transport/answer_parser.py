"""The answers of one connection, read without I/O: bytes in, answers out, on httptools (llhttp, as in Node)."""

from typing import Final

import httptools

from sqsd_adapters.transport.exchange import MAX_HEAD, MAX_INTERIM, Answer, BadAnswer
from sqsd_core.tuples import new

_INTERIM = range(100, 200)
_FINAL = range(200, 1000)
_WITHOUT_BODY = (204, 304)


class AnswerParser:
    """Reads one answer after the other; ``expect`` comes before each.

    Strict where two readings of the same bytes are possible: two lengths, a length beside chunks, codings other
    than ``chunked``, folded or malformed headers. Trailers are dropped, so that they cannot pose as headers.
    """

    def __init__(self, *, max_answer: int) -> None:
        self._max_answer: Final = max_answer
        self._parser = httptools.HttpResponseParser(self)
        self.expect()

    def expect(self) -> None:
        """Begin a new answer."""
        self._status = 0  # while the final head is not complete
        self._headers: list[tuple[bytes, bytes]] = []
        self._kept: bytes | bytearray = b""
        self._received = 0
        self._interims = 0
        self._answer: Answer | None = None
        #: whether the answer was read to its end, the worker keeps the connection, and nothing followed
        self.reusable = False

    @property
    def begun(self) -> bool:
        """Whether a byte of the answer has come."""
        return self._received > 0

    def feed(self, data: bytes) -> Answer | None:
        """Take what came; return the answer once it is complete, or as much of its body has come as is kept.

        Raises:
            BadAnswer: this is no HTTP/1.1, or its head is too long.
        """
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            # bytes behind an answer are no concern of its own, and none of the next one
            self.reusable = False
            if self._answer is None:
                raise BadAnswer("the answer is malformed") from error
        if self._answer is None and self._is_enough():
            self._complete()
        return self._answer

    def end(self) -> Answer:
        """Take the end of the stream, which completes an answer that knows no other end.

        Raises:
            BadAnswer: it cut the answer short.
        """
        framed = any(name in {b"content-length", b"transfer-encoding"} for name, _ in self._headers)
        if self._status and not framed:
            return self._complete()
        raise BadAnswer("the connection was closed before the answer was complete")

    def _is_enough(self) -> bool:
        if not self._status:
            if self._received > MAX_HEAD:
                raise BadAnswer("the head of the answer is too long")
            return False
        kept = len(self._kept)
        # the second: chunk extensions and trailers without end bring no content
        return kept >= self._max_answer or self._received > 2 * (MAX_HEAD + kept)

    def _complete(self) -> Answer:
        answer = new(Answer, (self._status, self._headers, bytes(self._kept[: self._max_answer])))
        self._answer = answer
        return answer

    # Called by httptools. What is raised here comes out of feed_data as an HttpParserError.

    def on_message_begin(self) -> None:
        if self._answer is not None:
            self.reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        value = value.strip()
        if name == b"transfer-encoding" and value.lower() != b"chunked":
            raise ValueError("a coding that is not chunked")
        if not self._status:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self._status:
            return
        if status in _FINAL:
            self._status = status
        elif status in _INTERIM and self._interims < MAX_INTERIM:
            self._interims += 1
            self._headers.clear()
        else:
            raise ValueError("a status that is no answer")

    def on_body(self, data: bytes) -> None:
        if not self._kept:
            self._kept = data  # most bodies come in one piece
            return
        if isinstance(self._kept, bytes):
            self._kept = bytearray(self._kept)
        self._kept += data

    def on_message_complete(self) -> None:
        status = self._status
        if status and self._answer is None:
            self._complete()
            self.reusable = self._parser.should_keep_alive() and (
                status not in _WITHOUT_BODY or not self._announces_a_body()
            )

    def _announces_a_body(self) -> bool:
        """Whether the headers speak of a body, which the worker may send although there can be none."""
        return any(
            name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
            for name, value in self._headers
        )
