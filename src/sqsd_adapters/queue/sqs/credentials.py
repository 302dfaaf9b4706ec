"""The credentials of all calls: found by the SDK's chain, and asked for again when SQS refuses them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from aiobotocore.credentials import AioCredentials, AioRefreshableCredentials, create_credential_resolver
from aiobotocore.session import AioSession

from sqsd_adapters.queue.sqs.calls import Calls, Operation
from sqsd_adapters.queue.sqs.errors import CredentialsRefused, translated
from sqsd_adapters.queue.sqs.keys import check
from sqsd_adapters.queue.sqs.signing import Keys
from sqsd_adapters.queue.sqs.wire import Shape
from sqsd_core.errors import QueueRefused, SqsdError
from sqsd_core.flow.troubles import about
from sqsd_core.ports.clock import Clock

if TYPE_CHECKING:
    from types_aiobotocore_sqs import SQSClient

ASK_AGAIN = 5.0  # seconds between two looks through the chain, which may read files and ask other services

logger = logging.getLogger(__name__)


class Frozen(Protocol):
    """Credentials as the SDK has them."""

    def get_frozen_credentials(self) -> Awaitable[Any]:
        """Those of this moment, renewed first where they are about to expire."""
        ...


Find = Callable[[], Awaitable[AioCredentials | None]]


class Credentials:
    """Those of this moment; both ways to SQS sign with them."""

    def __init__(self, *, found: AioCredentials, find: Find | None, queue: str, clock: Clock, label: str = "") -> None:
        """Begin with those that were ``found``; without ``find`` they are the only ones.

        ``label`` is the name of the queue's table, for the log.
        """
        self._current = found
        self._find = find
        self._queue = queue
        self._clock = clock
        self._about = about(queue=label)
        self._ask_at = 0.0
        self._asking = asyncio.Lock()
        #: grows with each renewal
        self.generation = 0

    def get_frozen_credentials(self) -> Awaitable[Any]:
        return self._current.get_frozen_credentials()

    async def renew(self, generation: int) -> bool:
        """Look through the chain again; returns whether there are others than those of ``generation``."""
        async with self._asking:
            if generation != self.generation:
                return True
            now = self._clock.monotonic()
            if self._find is None or now < self._ask_at:
                return False
            self._ask_at = now + ASK_AGAIN
            try:
                with translated(self._queue):
                    found = await self._find()
                    return found is not None and await self._take(found)
            except SqsdError as error:
                logger.warning("credentials not renewed", extra={**self._about, "reason": str(error)})
                return False

    async def _take(self, found: AioCredentials) -> bool:
        keys = await keys_of(found)
        check(keys, source=found.method)
        if await self._has(keys):
            return False
        self._current = found
        self.generation += 1
        logger.info("credentials renewed", extra={**self._about, "source": found.method})
        return True

    async def _has(self, keys: Keys) -> bool:
        try:
            return await keys_of(self) == keys
        except RuntimeError:  # the old ones expired, and their source has no others
            return False


async def keys_of(credentials: Frozen) -> Keys:
    frozen = await credentials.get_frozen_credentials()
    return Keys(access_key=frozen.access_key or "", secret_key=frozen.secret_key or "", token=frozen.token or "")


class RenewingCalls:
    """Asks once more where SQS refused the credentials and others have been found since."""

    def __init__(self, *, calls: Calls, credentials: Credentials) -> None:
        self._calls = calls
        self._credentials = credentials

    async def call(self, operation: Operation, request: Shape) -> Shape:
        generation = self._credentials.generation
        try:
            return await self._calls.call(operation, request)
        except CredentialsRefused as refusal:
            if not await self._credentials.renew(generation):
                raise QueueRefused(str(refusal)) from None
        try:
            return await self._calls.call(operation, request)
        except CredentialsRefused as refusal:
            raise QueueRefused(str(refusal)) from None


async def find_credentials(
    *,
    session: AioSession,
    fresh: Callable[[], AioSession],
    region: str | None,
    queue: str,
    clock: Clock,
    label: str = "",
) -> Credentials | None:
    """Those of the session, checked; None where there are none.

    ``fresh`` makes the session in which they are looked for again; those that code set explicitly are not.

    Raises:
        ConfigurationError: they hold what no key has
    """
    found = await session.get_credentials()
    if found is None:
        return None
    # What a service hands out comes from no clipboard; and whether it can be had is for the first call to say.
    if found.method == "env" or not isinstance(found, AioRefreshableCredentials):
        with suppress(RuntimeError):  # those of the environment have expired
            check(await keys_of(found), source=found.method)

    async def find() -> AioCredentials | None:
        again: AioCredentials | None = await create_credential_resolver(fresh(), region_name=region).load_credentials()
        return again

    is_explicit = found.method == "explicit"
    return Credentials(found=found, find=None if is_explicit else find, queue=queue, clock=clock, label=label)


def sign_with(credentials: Credentials, client: "SQSClient") -> None:
    """Let the client sign with the credentials of the moment instead of those that it was made with."""

    def choose(*, request: Any, **_: object) -> None:  # noqa: ANN401 - the SDK's
        request.context.setdefault("signing", {})["request_credentials"] = credentials

    client.meta.events.register("before-sign.sqs", choose)
