"""Looks a name up, in threads of its own.

A lookup cannot be cancelled: where the resolver does not answer, it keeps its thread for half a minute. Asyncio's own
threads are few, and jobs use them as well (``asyncio.to_thread``).
"""

import asyncio
import errno
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from threading import Thread

from aiohappyeyeballs import AddrInfoType

from sqsd_adapters.real_time import in_real_time

ANEW = 5.0  # seconds: a lookup that has lasted longer does not keep the next one from being tried
MOST = 4  # lookups of a name under way

Resolve = Callable[[str, int], Sequence[AddrInfoType]]


@dataclass(frozen=True, slots=True)
class _Asked:
    answer: asyncio.Future[Sequence[AddrInfoType]]
    since: float


def _resolve(host: str, port: int) -> Sequence[AddrInfoType]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _start(work: Callable[[], None]) -> None:
    Thread(target=work, name="sqsd-lookup", daemon=True).start()


class Lookup:
    """Whoever asks while a lookup is under way shares its answer."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        resolve: Resolve = _resolve,
        start: Callable[[Callable[[], None]], None] = _start,
        hold: Callable[[], AbstractContextManager[None]] = in_real_time,
    ) -> None:
        """``start`` runs a function in a thread that ends with the process; ``hold`` keeps virtual time still."""
        self._host = host
        self._port = port
        self._resolve = resolve
        self._start = start
        self._hold = hold
        #: the newest last
        self._asked: list[_Asked] = []

    async def addresses(self) -> Sequence[AddrInfoType]:
        """Return the addresses; sets no limit of time, and may be cancelled.

        Raises:
            OSError: there are none, or the system gives no thread.
        """
        with suppress(socket.gaierror):
            # an IP address needs no thread
            return socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        with self._hold():
            return await asyncio.shield(self._under_way())

    def _under_way(self) -> asyncio.Future[Sequence[AddrInfoType]]:
        now = asyncio.get_running_loop().time()
        self._asked = [each for each in self._asked if not each.answer.done()]
        late = all(now - each.since >= ANEW for each in self._asked)
        if late and len(self._asked) < MOST:
            self._asked.append(_Asked(self._ask(), now))
        return self._asked[-1].answer

    def _ask(self) -> asyncio.Future[Sequence[AddrInfoType]]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[AddrInfoType]] = loop.create_future()

        def work() -> None:
            try:
                found, error = self._resolve(self._host, self._port), None
            except Exception as raised:  # noqa: BLE001 - whoever asked must know
                found, error = (), raised
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_tell, answer, found, error)

        try:
            self._start(work)
        except RuntimeError:
            raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)) from None
        return answer


def _tell(
    answer: asyncio.Future[Sequence[AddrInfoType]], found: Sequence[AddrInfoType], error: Exception | None
) -> None:
    if error is None:
        answer.set_result(found)
    else:
        answer.set_exception(error)
        answer.exception()  # where nobody waits any more, it is not reported as lost
