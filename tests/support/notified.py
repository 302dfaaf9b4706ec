"""A datagram socket in systemd's place: what a service tells it, message by message."""

import asyncio
import itertools
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Self

Sent = dict[str, str]

_numbers = itertools.count()


class Notified:
    """Listens on a socket file, or on an abstract name; ``address`` is what NOTIFY_SOCKET says."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.messages: list[Sent] = []
        #: when each of them came, in the loop's time
        self.times: list[float] = []
        self._came = asyncio.Event()

    @classmethod
    def at(cls, directory: Path) -> Self:
        return cls(str(directory / "notify"))

    @classmethod
    def abstract(cls) -> Self:
        return cls(f"@sqsd-test-{os.getpid()}-{next(_numbers)}")

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(self.address.replace("@", "\0", 1) if self.address.startswith("@") else self.address)
        asyncio.get_running_loop().add_reader(self._socket, self._read)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    async def until(self, condition: Callable[[Sent], object]) -> Sent:
        """The first message that fulfils the condition, of those that came and those to come."""
        async with asyncio.timeout(20):
            while True:
                for message in self.messages:
                    if condition(message):
                        return message
                self._came.clear()
                await self._came.wait()

    async def has(self, name: str) -> str:
        """The first value of an assignment."""
        return (await self.until(lambda message: name in message))[name]

    def count(self, name: str) -> int:
        return sum(name in message for message in self.messages)

    def _read(self) -> None:
        lines = self._socket.recv(65_536).decode().splitlines()
        self.messages.append(dict(line.split("=", 1) for line in lines))
        self.times.append(asyncio.get_running_loop().time())
        self._came.set()
