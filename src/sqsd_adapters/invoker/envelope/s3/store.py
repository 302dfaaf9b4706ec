"""The objects of S3: reads one in bounded memory, deletes many at once, tells whether S3 answers at all."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any, Self

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session

from sqsd_adapters.invoker.envelope.errors import CredentialsRefused, ObjectTooLarge, StoreUnavailable
from sqsd_adapters.invoker.envelope.s3.errors import refusal, translated
from sqsd_adapters.invoker.envelope.s3.genuine import demand_buckets, demand_deletions, demand_object
from sqsd_adapters.invoker.envelope.s3_pointer import Pointer
from sqsd_core.errors import SqsdError
from sqsd_core.ports.clock import Clock
from sqsd_core.version import __version__

ATTEMPTS = 3  # the SDK bridges a blip
CONNECT_TIMEOUT = 5.0  # seconds
READ_TIMEOUT = 10.0  # seconds of silence
PIECE = 262_144  # bytes that are read at once
LOOK_AGAIN = 30.0  # seconds between two looks for other credentials, which may read files and ask other services

GET, DELETE = "s3:GetObject", "s3:DeleteObject"


class S3Store:
    """The SDK's client; open it with ``async with``, which sends nothing to S3.

    The endpoint is the region's, or the one of AWS_ENDPOINT_URL_S3. Every method raises the errors of this package
    only. Opening raises ConfigurationError if AWS_PROFILE is wrong.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        region: str | None,
        connections: int,
        session: Callable[[], AioSession] = get_session,
    ) -> None:
        self._clock = clock
        self._region = region
        self._connections = connections
        self._session = session
        self._client: Any
        self._stack = AsyncExitStack()
        #: in place of those that the client was made with, once S3 has refused them
        self._credentials: object = None
        self._look_at = 0.0

    async def __aenter__(self) -> Self:
        with translated(GET):
            opening = self._session().create_client("s3", region_name=self._region, config=self._config())
            self._client = await self._stack.enter_async_context(opening)
        self._client.meta.events.register("before-sign.s3", self._choose_credentials)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def read(self, pointer: Pointer, *, limit: int) -> bytearray:
        """The object's bytes; ObjectTooLarge beyond ``limit``, of which no more is read."""
        try:
            with translated(GET, pointer.bucket):
                return await self._read(pointer, limit)
        except CredentialsRefused:
            await self._look_for_credentials()
            raise

    async def delete(self, bucket: str, keys: Sequence[str]) -> Mapping[str, SqsdError]:
        """Delete up to 1,000 objects; idempotent. Returns those that were refused, and why."""
        request = {"Objects": [{"Key": key} for key in keys], "Quiet": False}
        try:
            with translated(DELETE, bucket):
                answer = await self._client.delete_objects(Bucket=bucket, Delete=request)
                demand_deletions(answer, keys)
        except CredentialsRefused:
            await self._look_for_credentials()
            raise
        return {
            str(each.get("Key")): refusal(str(each.get("Code")), DELETE, bucket) for each in answer.get("Errors") or ()
        }

    async def answers(self, known: Pointer | None) -> bool:
        """Whether S3 answers, if only by a refusal; ``known`` is an object that could be read before."""
        try:
            await self.ask(known)
        except CredentialsRefused:
            await self._look_for_credentials()
            return False
        except StoreUnavailable:
            return False
        return True

    async def ask(self, known: Pointer | None) -> None:
        """Ask S3 for anything; raises StoreUnavailable if it does not answer, or not to these credentials."""
        try:
            with translated(GET):
                if known is None:
                    demand_buckets(await self._client.list_buckets())
                else:
                    demand_object(await self._client.head_object(Bucket=known.bucket, Key=known.key))
        except StoreUnavailable:
            raise
        except SqsdError:
            pass  # a refusal is an answer

    async def _read(self, pointer: Pointer, limit: int) -> bytearray:
        answer = await self._client.get_object(Bucket=pointer.bucket, Key=pointer.key)
        body = bytearray()
        async with answer["Body"] as stream:  # leaving it closes the connection of an object that was not read whole
            demand_object(answer)
            if answer.get("ContentLength", 0) > limit:
                raise ObjectTooLarge
            async for piece in stream.iter_chunks(PIECE):
                body += piece
                if len(body) > limit:
                    raise ObjectTooLarge
        return body

    def _config(self) -> AioConfig:
        return AioConfig(
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            max_pool_connections=self._connections,
            user_agent=f"sqsd/{__version__}",
        )

    def _choose_credentials(self, *, request: Any, **_: object) -> None:  # noqa: ANN401 - the SDK's
        if self._credentials is not None:
            request.context.setdefault("signing", {})["request_credentials"] = self._credentials

    async def _look_for_credentials(self) -> None:
        """Look through the SDK's chain again, so that a renewed file counts."""
        now = self._clock.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_AGAIN
        with suppress(SqsdError), translated(GET):
            self._credentials = await self._session().get_credentials() or self._credentials
