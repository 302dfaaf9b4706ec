"""What a parent and its processes say to each other: lines of JSON, each a kind and its content."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from enum import Enum, StrEnum
from typing import Any, Self

MAX_LINE = 67_108_864  # bytes; a snapshot of 10,000 tasks has about 6 MB


class Order(StrEnum):
    """What a parent says."""

    #: drain (1), or leave at once (2)
    STOP = "stop"
    #: get ready for these files: the number of the reload, and the files
    RELOAD = "reload"
    #: apply what is ready, or leave it: the number of the reload, and whether all processes accept it
    DECIDED = "decided"
    #: send a snapshot; true: after a look at the queues' depths
    ASK = "ask"
    #: receive nothing: a queue or null, seconds or null
    PAUSE = "pause"
    #: receive again: a queue or null
    RESUME = "resume"
    #: search the history: a number that the answer repeats, and a query
    FIND = "find"
    #: the ECS task is protected, or that is known to fail: the number of the question
    PROTECTED = "protected"


class Report(StrEnum):
    """What a process says."""

    #: orders arrive from now on; nothing has started yet
    LISTENING = "listening"
    #: everything is open
    STARTED = "started"
    #: ready for the files of a reload: its number, and what is wrong or an empty text
    PREPARED = "prepared"
    #: of this moment
    SNAPSHOT = "snapshot"
    #: the number of the query, and what was found
    FOUND = "found"
    #: protect the ECS task: a number that the answer repeats, and the seconds that it may take
    PROTECT = "protect"
    #: why it does not start, or ends with exit code 2
    REFUSED = "refused"


def line(kind: Order | Report, content: object = None) -> bytes:
    return json.dumps([kind, content], default=_plain).encode() + b"\n"


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} is no content of a line")


class Channel:
    """One end; it never waits to send, since each snapshot is asked for."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, sock: socket.socket) -> Self:
        return cls(*await asyncio.open_unix_connection(sock=sock, limit=MAX_LINE))

    def send(self, kind: Order | Report, content: object = None) -> None:
        """Send a line, unless the other end is gone."""
        if not self._writer.is_closing():
            self._writer.write(line(kind, content))

    async def lines(self) -> AsyncIterator[tuple[str, Any]]:
        """What the other end says, until it is gone."""
        try:
            while text := await self._reader.readline():
                kind, content = json.loads(text)
                yield kind, content
        except (ConnectionError, ValueError):  # cut off in the middle of a line
            return

    async def close(self) -> None:
        """Send what is left, unless the other end is gone."""
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            return
