"""Fetches bodies from S3: what each failure means for a message, and whether S3 can be asked at all."""

import asyncio
import logging
from typing import Protocol, Self

from sqsd_adapters.invoker.envelope.errors import AccessDenied, ObjectTooLarge, StoreUnavailable
from sqsd_adapters.invoker.envelope.s3_pointer import Pointer, with_body
from sqsd_core.errors import SqsdError
from sqsd_core.flow.troubles import Troubles, about
from sqsd_core.message import Message
from sqsd_core.outcome import Failed, Outcome, RetryLater
from sqsd_core.ports.clock import Clock

RETRY = 30.0  # seconds until a message returns whose body S3 did not deliver; doubles with each receive
LONGEST_RETRY = 900.0  # seconds
PROBE = 10.0  # seconds that one question to S3 may take
PAUSE = 1.0  # seconds between two questions; doubles
LONGEST_PAUSE = 30.0  # seconds


class ObjectStore(Protocol):
    """Where bodies are; raises the errors of this package only."""

    async def read(self, pointer: Pointer, *, limit: int) -> bytearray:
        """The object's bytes; ObjectTooLarge beyond ``limit``."""
        ...

    async def answers(self, known: Pointer | None) -> bool:
        """Whether the store answers, if only by a refusal; ``known`` is an object that could be read before."""
        ...


class S3Payloads:
    """Open it with ``async with``, after the store.

    When S3 does not answer, the fault is neither the worker's nor the message's. Then no further body is asked for,
    ``obstacle`` says why, and S3 itself is asked until it answers. The messages at hand come back later.
    """

    def __init__(self, *, store: ObjectStore, clock: Clock, limit: int, timeout: float, queue: str = "") -> None:
        """``limit`` is in bytes. ``timeout`` is in seconds, and shorter than an invocation's."""
        self._store = store
        self._limit = limit
        self._timeout = timeout
        self._troubles = Troubles(clock=clock, about=about(queue=queue))
        self._failing = asyncio.Event()
        self._why = ""
        self._known: Pointer | None = None

    async def __aenter__(self) -> Self:
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self._watch = self._tasks.create_task(self._watch_failures(), name="payloads")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._watch.cancel()
        await self._tasks.__aexit__(None, None, None)

    @property
    def obstacle(self) -> str:
        """Why no body can be had now; empty while there is no reason to think so."""
        return self._why

    async def fetch(self, message: Message, pointer: Pointer) -> Message | Outcome:
        """The message with its body, or what becomes of it without."""
        if not pointer.is_valid:
            return _failed("the pointer names no object that S3 can have")
        if self._why:
            return _later(message, self._why)
        try:
            async with asyncio.timeout(self._timeout):
                body = await self._store.read(pointer, limit=self._limit)
        except TimeoutError:
            return self._unavailable(message, f"S3 did not deliver the body within {self._timeout:g} s")
        except StoreUnavailable as error:
            return self._unavailable(message, str(error))
        except SqsdError as error:
            return self._refused(message, pointer, error)
        self._known = pointer
        return _decoded(message, body)

    def _unavailable(self, message: Message, why: str) -> Outcome:
        self._why = why
        self._failing.set()
        return _later(message, why)

    def _refused(self, message: Message, pointer: Pointer, error: SqsdError) -> Outcome:
        reason = str(error)
        if isinstance(error, ObjectTooLarge):
            reason = f"the object in S3 is larger than MESSAGE_PAYLOAD_MAX, {self._limit:,} bytes"
        if isinstance(error, AccessDenied):
            self._troubles.note(
                "S3 denies access to a body",
                level=logging.ERROR,
                message_id=message.id,
                bucket=pointer.bucket,
                reason=reason,
            )
        return _failed(reason)

    async def _watch_failures(self) -> None:
        while True:
            await self._failing.wait()
            pause = PAUSE
            while not await self._answers():
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            self._failing.clear()
            self._why = ""

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(PROBE):
                return await self._store.answers(self._known)
        except TimeoutError:
            return False


def _decoded(message: Message, body: bytearray) -> Message | Outcome:
    try:
        return with_body(message, body.decode())
    except UnicodeDecodeError:
        return _failed("the object in S3 is not text in UTF-8")


def _later(message: Message, why: str) -> Outcome:
    after = min(LONGEST_RETRY, RETRY * 2.0 ** min(message.receive_count - 1, 10))
    return RetryLater(after, why, invoked=False)


def _failed(reason: str) -> Outcome:
    return Failed(reason, invoked=False)
