"""The pipeline's way to DynamoDB: the locks of a call are conditional writes, a bounded number side by side."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.exceptions import ClientError

from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.lock_store.dynamodb.errors import CredentialsRefused, code_of, translated
from sqsd_adapters.lock_store.dynamodb.table import ensure_table, in_time
from sqsd_adapters.lock_store.dynamodb.wire import CONDITION_FAILED, Write, refused, request, succeeded, writes_of
from sqsd_adapters.lock_store.steps import Step, Verb
from sqsd_adapters.lock_store.time_limit import time_limit
from sqsd_core.errors import LockStoreUnavailable
from sqsd_core.ports.clock import Clock
from sqsd_core.version import __version__

PARALLEL = 32  # writes side by side
ATTEMPTS = 2  # a write carries its token, so that doing it twice is the same as doing it once
LOOK_AGAIN = 30.0  # seconds between two looks for other credentials, which may read files and ask other services


class DynamoDbLink:
    """Carries out one call at a time."""

    def __init__(
        self,
        *,
        clock: Clock,
        session: Callable[[], AioSession],
        table: str,
        prefix: str,
        region: str | None,
        endpoint_url: str | None,
        timeout: float,
    ) -> None:
        self._clock = clock
        self._session = session
        self._table = table
        self._prefix = prefix
        self._region = region
        self._endpoint_url = endpoint_url
        self._timeout = timeout
        self._stack = AsyncExitStack()
        self._client: Any = None
        self._look_at = 0.0
        #: whether the table is still to be made
        self._create = False
        self._making: asyncio.Task[None] | None = None

    async def open(self, *, create: bool) -> None:
        """Connect, and make the table if asked to; a DynamoDB that does not answer is left for later.

        Raises:
            ConfigurationError: the table, the credentials or the region need a person
        """
        self._create = create
        try:
            with translated(self._table):
                client = await in_time(self._opened())
                if create:
                    await self._make(client)
                # A right that is missing shows now, and not with a message.
                await in_time(self._write(client, Write("sqsd-availability-check", Verb.RELEASE, "held:nobody", 1)))
        except LockStoreUnavailable:
            return
        except ConfigurationError:
            await self.close()
            raise

    async def call(self, steps: Sequence[Step], *, deadline: float) -> str:
        try:
            with translated(self._table):
                async with time_limit(deadline):
                    return await self._call(steps)
        except CredentialsRefused as error:
            await self._forget_credentials()
            raise LockStoreUnavailable(str(error)) from None
        except ConfigurationError as error:  # it would end a start, and is no reason to end a daemon that runs
            raise LockStoreUnavailable(str(error)) from None

    async def close(self) -> None:
        if self._making is not None:
            self._making.cancel()
            await asyncio.wait([self._making])
            self._making = None
        stack, self._stack, self._client = self._stack, AsyncExitStack(), None
        await stack.aclose()

    async def _call(self, steps: Sequence[Step]) -> str:
        client = await self._opened()
        if self._create:
            await self._make(client)
        writes = writes_of(steps, prefix=self._prefix)
        letters = [""] * len(writes)
        waiting = iter(_by_key(writes))

        async def write() -> None:
            for chain in waiting:
                for index in chain:
                    letters[index] = await self._write(client, writes[index])

        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(min(PARALLEL, len(writes))):
                    tasks.create_task(write(), name="dynamodb-locks")
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        return "".join(letters)

    async def _make(self, client: Any) -> None:  # noqa: ANN401 - as below
        """Make the table; it goes on where a call ends before, since DynamoDB needs about ten seconds."""
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(ensure_table(client, self._table), name="dynamodb-lock-table")
        await asyncio.shield(self._making)
        self._create = False

    async def _write(self, client: Any, wanted: Write) -> str:  # noqa: ANN401 - the SDK's client is untyped
        operation, parameters = request(wanted, table=self._table, now=self._clock.now())
        try:
            answer = await getattr(client, operation)(**parameters)
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
            return refused(wanted.verb, error.response.get("Item"))
        return succeeded(wanted, answer.get("Attributes"))

    async def _opened(self) -> Any:  # noqa: ANN401 - as above
        if self._client is None:
            opening = self._session().create_client(
                "dynamodb", region_name=self._region, endpoint_url=self._endpoint_url, config=self._config()
            )
            self._client = await self._stack.enter_async_context(opening)
        return self._client

    def _config(self) -> AioConfig:
        return AioConfig(
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            connect_timeout=self._timeout,
            read_timeout=self._timeout,
            max_pool_connections=PARALLEL,
            parameter_validation=False,  # our requests have one maker, wire.py
            user_agent=f"sqsd/{__version__}",
        )

    async def _forget_credentials(self) -> None:
        """Let the next call look through the SDK's chain again."""
        now = self._clock.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_AGAIN
            await self.close()


def _by_key(writes: Sequence[Write]) -> list[list[int]]:
    """The numbers of the writes; those of one lock are done one after the other."""
    chains: dict[str, list[int]] = {}
    for index, write in enumerate(writes):
        chains.setdefault(write.key, []).append(index)
    return list(chains.values())
