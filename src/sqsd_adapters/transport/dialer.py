"""New connections: the addresses of a name are raced (RFC 8305), and the one that answered is tried first again."""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Sequence
from typing import TypeVar

from aiohappyeyeballs import AddrInfoType, start_connection

from sqsd_adapters.transport.address import Address
from sqsd_adapters.transport.exchange import NotConnected
from sqsd_adapters.transport.failures import connect_failure, refuses_our_certificate, why_not_connected
from sqsd_adapters.transport.link import Link
from sqsd_adapters.transport.liveness import watched_socket
from sqsd_adapters.transport.lookup import Lookup

NEXT_ADDRESS = 0.25  # seconds that an address has before the next one is tried beside it; RFC 8305, section 5
_TLS_QUIET = 0.002  # seconds after a handshake in which the other side must not speak
_REPORTED = 10  # turns of the loop, after which what came is read, and asyncio has told why a connection is closed

P = TypeVar("P", bound=Link)


class Dialer:
    """Connects to one address, within ``timeout`` seconds from the lookup of the name to the end of the handshake."""

    def __init__(self, *, address: Address, timeout: float) -> None:
        self._address = address
        self._timeout = timeout
        self._names = Lookup(host=address.host, port=address.port)
        #: the socket address that answered last
        self._worked: object = None

    async def open(self, make: Callable[[socket.socket], P], context: ssl.SSLContext | None) -> P:
        """Connect, and hand the socket to the loop and to the protocol that ``make`` makes for it.

        Raises:
            NotConnected: no connection came about, or it ended or spoke before it was asked
            OutOfDescriptors: we cannot open one
        """
        try:
            async with asyncio.timeout(self._timeout):
                connected = await self.connect()
                link = make(connected)
                quiet = await self._set_up(connected, link, context)
        except OSError as error:
            raise connect_failure(error) from error
        if not quiet:
            link.abort()
            raise NotConnected(await _why_not_quiet(link))
        return link

    async def connect(self) -> socket.socket:
        """Connect, without TLS; raises OSError and sets no limit of time."""
        if self._address.socket_path is not None:
            return await _connect_unix(self._address.socket_path)
        found = sorted(await self._lookup(), key=lambda each: each[4] != self._worked)
        connected = await start_connection(found, happy_eyeballs_delay=NEXT_ADDRESS, socket_factory=watched_socket)
        try:
            self._worked = connected.getpeername()
        except OSError:
            connected.close()
            raise
        return connected

    async def _lookup(self) -> Sequence[AddrInfoType]:
        return await self._names.addresses()

    async def _set_up(self, connected: socket.socket, link: Link, context: ssl.SSLContext | None) -> bool:
        """Hand the socket over, do the handshake, and tell whether the other side waits for a request."""
        try:
            await self._hand_over(connected, link, context)
            return await _is_quiet(link, encrypted=context is not None)
        except BaseException:
            link.abort()
            _forget_if_closed(connected)
            raise

    async def _hand_over(self, connected: socket.socket, link: Link, context: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        if self._address.socket_path is not None:
            await loop.create_unix_connection(lambda: link, sock=connected)
        else:
            host = self._address.host if context is not None else None
            await loop.create_connection(lambda: link, sock=connected, ssl=context, server_hostname=host)


async def _is_quiet(link: Link, *, encrypted: bool) -> bool:
    if not encrypted:
        return link.is_ready
    # What waits to be read is most likely the server's session tickets. The loop reads those, and a link that gets
    # data without having asked closes.
    await asyncio.sleep(_TLS_QUIET)
    await _until_reported()  # a loop that is late runs its timers before it reads what has come meanwhile
    return link.is_open


async def _until_reported() -> None:
    for _ in range(_REPORTED):
        await asyncio.sleep(0)


async def _why_not_quiet(link: Link) -> str:
    await _until_reported()
    if refuses_our_certificate(link.error):
        return why_not_connected(link.error)
    return "the worker closed the connection, or spoke, before it was asked"


async def _connect_unix(path: str) -> socket.socket:
    connected = socket.socket(socket.AF_UNIX)
    try:
        connected.settimeout(0)
        await asyncio.get_running_loop().sock_connect(connected, path)
    except BaseException:
        connected.close()
        raise
    return connected


def _forget_if_closed(connected: socket.socket) -> None:
    """Uvloop, when cancelled, closes the descriptor alone; the socket would close whatever has its number next."""
    try:
        os.fstat(connected.fileno())
    except OSError:
        connected.detach()
