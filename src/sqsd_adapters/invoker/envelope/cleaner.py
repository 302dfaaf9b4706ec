"""Deletes the body of a message from S3 after SQS has confirmed that the message is deleted."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Protocol, Self

from sqsd_adapters.invoker.envelope.errors import StoreUnavailable
from sqsd_adapters.invoker.envelope.s3_pointer import Pointer, pointer_in
from sqsd_adapters.invoker.envelope.sns import unwrapped
from sqsd_core.errors import SqsdError
from sqsd_core.flow.troubles import Troubles, about
from sqsd_core.message import Message
from sqsd_core.ports.clock import Clock
from sqsd_core.ports.observer import Observer

MOST = 10_000  # objects that wait; beyond it they are left in S3
BATCH = 1_000  # objects; S3's limit of DeleteObjects
GATHER = 1.0  # seconds in which deletions gather to one call
LONGEST_PAUSE = 30.0  # seconds after a call that failed
FINISH = 3.0  # seconds that a drain waits for what is left
LEFT = "bodies left in S3"
#: what every pointer has in it; spares other bodies from being read
_SIGN = "S3Pointer"


class Deletes(Protocol):
    """Deletes objects; raises the errors of this package only."""

    async def delete(self, bucket: str, keys: Sequence[str]) -> Mapping[str, SqsdError]:
        """Delete up to 1,000 objects; idempotent. Returns those that were refused, and why."""
        ...


class PayloadCleaner(Observer):
    """Best effort: what cannot be deleted is counted in the log, and stays in S3.

    Open it with ``async with``, after the store. A message is read again for its pointer, so that nothing is kept per
    message in flight, and a message that an earlier process ran is cleaned up as well.
    """

    def __init__(self, *, store: Deletes, clock: Clock, sns: bool = False, queue: str = "") -> None:
        self._store = store
        self._sns = sns
        self._troubles = Troubles(clock=clock, about=about(queue=queue))
        #: keys by bucket, the oldest first
        self._waiting: dict[str, dict[str, None]] = {}
        self._wake = asyncio.Event()

    def __len__(self) -> int:
        """Objects that wait for their deletion."""
        return sum(map(len, self._waiting.values()))

    async def __aenter__(self) -> Self:
        self._tasks = asyncio.TaskGroup()
        await self._tasks.__aenter__()
        self._loop = self._tasks.create_task(self._run(), name="payload-cleaner")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._loop.cancel()
        await self._tasks.__aexit__(None, None, None)
        try:
            async with asyncio.timeout(FINISH):
                while self._waiting and await self._delete_some():
                    pass
        except TimeoutError:
            pass
        if left := len(self):
            self._troubles.note(LEFT, times=left, reason="the daemon has ended")

    def deleted(self, queue: str, messages: Sequence[Message]) -> None:
        del queue
        for message in messages:
            if _SIGN in message.body and (pointer := self._pointer(message)) is not None:
                self._add(pointer)

    def _pointer(self, message: Message) -> Pointer | None:
        pointer = pointer_in(unwrapped(message).message if self._sns else message)
        # the request is XML, which has no control characters: one such key would spoil the whole batch
        usable = pointer is not None and pointer.is_valid and pointer.key.isprintable()
        return pointer if usable else None

    def _add(self, pointer: Pointer) -> None:
        if len(self) >= MOST:
            self._troubles.note(LEFT, reason=f"more than {MOST:,} wait for their deletion")
            return
        self._waiting.setdefault(pointer.bucket, {})[pointer.key] = None
        self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            pause = GATHER
            while self._waiting:
                await asyncio.sleep(pause)
                pause = GATHER if await self._delete_some() else min(2 * pause, LONGEST_PAUSE)

    async def _delete_some(self) -> bool:
        """Delete one batch; returns whether S3 answered."""
        bucket, waiting = next(iter(self._waiting.items()))
        keys = list(islice(waiting, BATCH))
        try:
            refused = await self._store.delete(bucket, keys)
        except StoreUnavailable as error:
            self._troubles.note("S3 does not delete bodies, trying again", reason=str(error), waiting=len(self))
            self._waiting[bucket] = self._waiting.pop(bucket)  # another bucket's turn
            return False
        except SqsdError as error:
            refused = dict.fromkeys(keys, error)
        self._done(bucket, keys)
        self._say(bucket, refused)
        return True

    def _done(self, bucket: str, keys: Sequence[str]) -> None:
        waiting = self._waiting[bucket]
        for key in keys:
            del waiting[key]
        if not waiting:
            del self._waiting[bucket]

    def _say(self, bucket: str, refused: Mapping[str, SqsdError]) -> None:
        if refused:
            reason = str(next(iter(refused.values())))
            self._troubles.note(LEFT, level=logging.ERROR, times=len(refused), bucket=bucket, reason=reason)
