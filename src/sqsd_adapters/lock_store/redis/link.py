"""One connection to Redis that calls the script, dropped whenever anything goes wrong."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.redis.wire import DIGEST, SCRIPT, arguments, packed, read_letters
from sqsd_adapters.lock_store.steps import Step
from sqsd_adapters.lock_store.time_limit import time_limit
from sqsd_adapters.printable import printable
from sqsd_adapters.transport.lookup import Lookup
from sqsd_core.errors import LockStoreUnavailable

#: what a URL's query may set; nothing here turns verification off or brings retries and longer time-outs back
URL_OPTIONS = frozenset({"db", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile"})


class RedisLink:
    """Carries out one call at a time.

    redis-py's pool and client are left out: they try again by themselves, and give up after many seconds.
    """

    def __init__(self, *, url: str, prefix: str) -> None:
        self._prefix = prefix
        self._options = _connection_options(url)
        self._class = cast("type[AbstractConnection]", self._options.pop("connection_class", Connection))
        self._connection: AbstractConnection | None = None
        self._names = _lookup_of(self._options)
        self._unconnected = False

    async def call(self, steps: Sequence[Step], *, deadline: float) -> str:
        """Return one letter per lock, or raise LockStoreUnavailable by ``deadline``, an instant of the loop."""
        with _translated():
            async with time_limit(deadline):
                return await self._call(steps)

    async def close(self) -> None:
        await self._drop()

    async def _call(self, steps: Sequence[Step]) -> str:
        idle = self._connection is not None
        try:
            return await self._exchange(steps)
        except RedisConnectionError:
            if not idle:
                raise
            # Closed while it was idle, most likely. Whether the steps took place does not matter: they carry
            # our token, so that doing them again is the same as doing them once.
            return await self._exchange(steps)

    async def _exchange(self, steps: Sequence[Step]) -> str:
        try:
            connection = self._connection or await self._connect()
            return await _evaluate(connection, steps, self._prefix)
        except BaseException:
            # The answer may still come, and would be taken for that of the next call.
            await self._drop()
            raise

    async def _connect(self) -> AbstractConnection:
        if self._unconnected and self._names is not None:
            # Redis-py looks the name up in one of asyncio's few threads, which a resolver that does not answer keeps.
            await self._names.addresses()
        self._unconnected = True
        self._connection = self._class(
            **self._options,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=None,  # the time limit of the call bounds everything
            socket_connect_timeout=None,
        )
        await self._connection.connect()  # type: ignore[no-untyped-call]  # redis-py types it in part
        self._unconnected = False
        return self._connection

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect(nowait=True)


def _lookup_of(options: Mapping[str, Any]) -> Lookup | None:
    if "path" in options:
        return None
    return Lookup(host=options.get("host", "localhost"), port=options.get("port", 6379))


async def _evaluate(connection: AbstractConnection, steps: Sequence[Step], prefix: str) -> str:
    tail = arguments(steps, prefix=prefix)
    try:
        answer = await _ask(connection, "EVALSHA", DIGEST, *tail)
    except NoScriptError:
        answer = await _ask(connection, "EVAL", SCRIPT, *tail)
    return read_letters(answer, steps)


async def _ask(connection: AbstractConnection, *command: str) -> object:
    await connection.send_packed_command([packed(command)], check_health=False)
    return await connection.read_response()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except LockStoreUnavailable:
        raise
    except Exception as error:  # garbage makes redis-py's parser raise whatever int() and decode() raise
        reason = f"Redis: {type(error).__name__}: {error}".rstrip(": ")
        raise LockStoreUnavailable(printable(reason)) from error


def _connection_options(url: str) -> dict[str, Any]:
    """Take a URL apart; an error never shows it, as it may hold a password."""
    try:
        parts = urlsplit(url)
        options: Mapping[str, Any] = parse_url(url)
    except ValueError:
        parts, options = urlsplit(""), {}
    database = parts.path.strip("/")
    if not options or (parts.scheme != "unix" and database and not database.isdecimal()):
        raise ConfigurationError(
            "not a Redis address: use redis://[[user]:password@]host[:port][/database], rediss://… or unix:///path"
        )
    if unknown := sorted(set(parse_qs(parts.query)) - URL_OPTIONS):
        accepted = ", ".join(sorted(URL_OPTIONS))
        raise ConfigurationError(f"unknown option in the Redis address: {', '.join(unknown)}; expected {accepted}")
    return dict(options)
