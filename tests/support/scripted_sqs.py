"""A server that answers SQS calls from a script, byte for byte, and records each request."""

import asyncio
import json
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from types import TracebackType
from typing import Any, Self


class Then(Enum):
    """What becomes of the connection after an answer."""

    KEEP = auto()
    CLOSE = auto()
    RESET = auto()
    STALL = auto()


@dataclass(frozen=True, slots=True)
class Reply:
    raw: bytes
    then: Then = Then.KEEP


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as it arrived."""

    target: str
    #: names in lower case
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def operation(self) -> str:
        return self.headers["x-amz-target"].removeprefix("AmazonSQS.")

    @property
    def request(self) -> Any:
        return json.loads(self.body)


def answer(body: object, *, status: int = 200, headers: Sequence[tuple[str, str]] = ()) -> Reply:
    """A complete answer; ``body`` is sent as JSON unless it is bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} Scripted", "Content-Type: application/x-amz-json-1.0"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += [f"Content-Length: {len(content)}", "", ""]
    return Reply("\r\n".join(lines).encode() + content)


def error(code: str, *, status: int = 400, query_code: str | None = None, text: str = "") -> Reply:
    """SQS's JSON error, with the old protocol's code beside it where there is one."""
    headers = [("x-amzn-query-error", f"{query_code};Sender")] if query_code else []
    body = {"__type": f"com.amazonaws.sqs#{code}", "message": text}
    return answer(body, status=status, headers=headers)


class ScriptedSqs:
    """Gives its replies in order; the last one for ever."""

    def __init__(self, *replies: Reply, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self._tls = tls
        self._replies = list(replies)
        self._server: asyncio.Server
        self._over = asyncio.Event()

    @property
    def url(self) -> str:
        host, port = self._server.sockets[0].getsockname()
        return f"{'https' if self._tls else 'http'}://{host}:{port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.close()
        await self._server.wait_closed()

    def reply_to(self, asked: Asked) -> Reply:
        """Choose the reply; a subclass may do so by what was asked."""
        del asked
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while await self._exchange(reader, writer):
                pass
        writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        self.asked.append(await _read(reader))
        reply = self.reply_to(self.asked[-1])
        writer.write(reply.raw)
        await writer.drain()
        match reply.then:
            case Then.RESET:
                writer.transport.abort()
            case Then.STALL:
                await self._over.wait()
            case Then.KEEP | Then.CLOSE:
                pass
        return reply.then is Then.KEEP


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(target=first.split()[1], headers=headers, body=body)
