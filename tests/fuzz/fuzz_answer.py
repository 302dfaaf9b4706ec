"""Fuzzes what a worker may answer: the parser of the lean transport, and the connection around it.

Run it with ``python -m tests.fuzz.run answer`` (see run.py).
"""

import asyncio
import atexit
import re
import socket
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import h11

from sqsd_adapters.transport.answer_parser import AnswerParser
from sqsd_adapters.transport.connection import Connection, Waiting
from sqsd_adapters.transport.exchange import Answer, BadAnswer, Unanswered
from tests.support.answers import LURES

CAPS = (1, 10, 1_000, 65_536)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
TOKENS = (
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 204 No Content\r\n",
    b"HTTP/1.1 304 \r\n",
    b"HTTP/1.1 503 Unavailable\r\n",
    b"HTTP/1.1 103 Early Hints\r\n",
    b"Content-Length: 2\r\n",
    b"Content-Length: 12\r\n",
    b"Connection: close\r\n",
    b"Connection: keep-alive\r\n",
    b"Connection: upgrade\r\n",
    b"Upgrade: h2c\r\n",
    b"Retry-After: 3\r\n",
    b"X: a\tb \r\n",
    b"Trailer: X\r\n",
    b"2\r\nok\r\n",
    b"a;b=c\r\n0123456789\r\n",
    b"0\r\n",
    b"0\r\n\r\n",
    b"ok",
    *LURES,
)
SEEDS = (
    b"\x02\x03\x05" + OK,
    b"\x00\x01\x01" + OK + OK,
    b"\x02\x07\x02HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n",
    b"\x01\x01\x09HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 404 No\r\nX: y\r\n\r\nuntil the end",
    b"\x06\x04\x04" + bytes([0, 5, 29, 18]),
    b"\x06\x04\x04" + bytes([3, 24, 29, 14, 17]),
)

_STATUS_LINE = re.compile(rb"HTTP/\d\.\d (\d{3})[^\r\n]*\r\n")
#: made once, since a fuzzer calls ``check`` thousands of times per second; closed when the process ends
_LOOP = asyncio.new_event_loop()
_SOCKET, _PEER = socket.socketpair()
_SOCKET.settimeout(0)
for _open in (_LOOP, _SOCKET, _PEER):
    atexit.register(_open.close)


class Input(NamedTuple):
    """The bytes of a worker, where they are cut, and how much of a body is kept."""

    cap: int
    sizes: tuple[int, int]
    raw: bytes

    @classmethod
    def of(cls, data: bytes) -> "Input":
        """Three bytes of settings; the rest as it is, or as a list of tokens."""
        how, first, second = (*data[:3], 0, 0, 0)[:3]
        rest = data[3:]
        raw = b"".join(_tokens(rest)) if how & 4 else rest
        return cls(CAPS[how % 4], (first % 16 + 1, second % 64 + 1), raw)

    @property
    def pieces(self) -> Sequence[bytes]:
        return list(_cut(self.raw, self.sizes))


class Reading(NamedTuple):
    """What came of the bytes; no answer is a bad one."""

    answer: Answer | None
    reusable: bool
    #: how many pieces were read
    taken: int


def check(data: bytes) -> None:
    """Raise where a property does not hold."""
    given = Input.of(data)
    whole = read([given.raw], given.cap)
    single = [given.raw[at : at + 1] for at in range(len(given.raw))]
    readings = (whole, read(given.pieces, given.cap), read(single, given.cap))
    for reading in readings:
        if reading.answer is not None:
            check_answer(reading.answer, given)
    check_agreement(readings, given)
    if whole.reusable and whole.answer is not None and len(whole.answer.body) < given.cap:
        # llhttp skips line breaks between answers: they belong to none and can begin none
        assert not given.raw[readings[2].taken :].strip(b"\r\n"), "reusable in spite of a surplus"
    oracle = read_h11(given.raw)
    if whole.answer is not None and oracle is not None:
        assert Answer(oracle.status, oracle.headers, oracle.body[: given.cap]) == whole.answer, (oracle, whole)
    _LOOP.run_until_complete(check_connection(given))


def check_answer(answer: Answer, given: Input) -> None:
    assert len(answer.body) <= given.cap
    lines = [line for line in _STATUS_LINE.finditer(given.raw) if int(line[1]) == answer.status]
    assert any(b"\r\n\r\n" in given.raw[line.end() - 2 :] for line in lines), "an answer without a head"
    for name, value in answer.headers:
        assert name == name.lower()
        assert value == value.strip()
        assert not set(b"\r\n\0") & set(name + value)


def check_agreement(readings: Sequence[Reading], given: Input) -> None:
    """Wherever the bytes are cut, the answer is the same; what is beyond the cap may be read or not."""
    answers = [reading.answer for reading in readings]
    if any(answer is not None and len(answer.body) == given.cap for answer in answers):
        answers = [answer for answer in answers if answer is not None]
    assert all(answer == answers[0] for answer in answers), answers


def read(pieces: Sequence[bytes], cap: int) -> Reading:
    """Read as a connection does: what follows an answer makes it unfit."""
    parser = AnswerParser(max_answer=cap)
    try:
        for taken, piece in enumerate(pieces, start=1):
            if (answer := parser.feed(piece)) is not None:
                reusable = parser.reusable
                if reusable:
                    parser.expect()
                    assert parser.feed(OK) == Answer(200, [(b"content-length", b"2")], b"ok"[:cap]), "a wrong answer"
                return Reading(answer, reusable and taken == len(pieces), taken)
        return Reading(parser.end(), reusable=False, taken=len(pieces))
    except BadAnswer:
        assert not parser.reusable
        return Reading(None, reusable=False, taken=0)


def read_h11(raw: bytes) -> Answer | None:
    """Read the same with another implementation; None where it finds no complete answer."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="POST", target="/", headers=[("Host", "x"), ("Content-Length", "0")]))
    client.send(h11.EndOfMessage())
    if raw:
        client.receive_data(raw)
    client.receive_data(b"")
    head: h11.Response | None = None
    body = b""
    try:
        while True:
            match client.next_event():
                case h11.Response() as response:
                    head = response
                case h11.Data(data=data):
                    body += data
                case h11.EndOfMessage() if head is not None:
                    return Answer(head.status_code, list(head.headers), body)
                case h11.InformationalResponse():
                    pass
                case _:
                    return None
    except h11.RemoteProtocolError:
        return None


class FakeTransport(asyncio.Transport):
    """Sends nothing, and closes when it is told to."""

    def __init__(self, protocol: Connection) -> None:
        super().__init__({"socket": _SOCKET})
        self._protocol = protocol
        self._closing = False

    def write(self, data: object) -> None:
        """Take it."""

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._closing

    def abort(self) -> None:
        if not self._closing:
            self._closing = True
            self._protocol.connection_lost(None)


async def check_connection(given: Input) -> None:
    connection = Connection(connected=_SOCKET, max_answer=given.cap, all_open=set())
    transport = FakeTransport(connection)
    connection.connection_made(transport)
    result: Waiting = _LOOP.create_future()
    connection.send(b"POST / HTTP/1.1\r\n\r\n", b"", result)
    for piece in given.pieces:
        if not transport.is_closing():
            connection.data_received(piece)
    expected = read(given.pieces, given.cap)
    fit = connection.reusable and connection.is_open
    assert fit == expected.reusable, "a connection that is fit and should not be, or the reverse"
    if fit:
        second: Waiting = _LOOP.create_future()
        connection.send(b"POST / HTTP/1.1\r\n\r\n", b"", second)
        connection.data_received(OK)
        assert second.result() == Answer(200, [(b"content-length", b"2")], b"ok"[: given.cap])
    if not transport.is_closing():
        connection.eof_received()
        transport.abort()
    came = result.result()
    assert came == expected.answer if expected.answer is not None else isinstance(came, BadAnswer | Unanswered), (
        came,
        expected,
    )
    assert connection.closed.done()


def _tokens(data: bytes) -> Iterator[bytes]:
    """A byte below 128 names a token; one above it says how many of the next are taken as they are."""
    at = 0
    while at < len(data):
        code = data[at]
        at += 1
        if code < 128:
            yield TOKENS[code % len(TOKENS)]
        else:
            yield data[at : at + code % 8 + 1]
            at += code % 8 + 1


def _cut(raw: bytes, sizes: tuple[int, int]) -> Iterator[bytes]:
    at, turn = 0, 0
    while at < len(raw):
        yield raw[at : at + sizes[turn]]
        at += sizes[turn]
        turn = 1 - turn
