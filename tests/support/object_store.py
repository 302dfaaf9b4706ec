"""A store of objects in memory, which can be made to fail."""

import asyncio
from collections.abc import Mapping, Sequence

from sqsd_adapters.invoker.envelope.errors import AccessDenied, ObjectGone, ObjectTooLarge, StoreUnavailable
from sqsd_adapters.invoker.envelope.s3_pointer import Pointer
from sqsd_core.errors import SqsdError


class MemoryStore:
    """``down`` is an outage; ``denied`` keys are refused; each call takes ``delay`` seconds."""

    def __init__(self, objects: Mapping[str, bytes] | None = None) -> None:
        self.objects = dict(objects or {})
        self.down = False
        self.denied: set[str] = set()
        self.delay = 0.0
        #: calls by method
        self.calls: list[str] = []
        #: the sizes of the batches that were deleted
        self.batches: list[int] = []

    async def read(self, pointer: Pointer, *, limit: int) -> bytearray:
        await self._call("read")
        if pointer.key in self.denied:
            raise AccessDenied("allow s3:GetObject")
        if pointer.key not in self.objects:
            raise ObjectGone("gone (NoSuchKey)")
        if len(self.objects[pointer.key]) > limit:
            raise ObjectTooLarge
        return bytearray(self.objects[pointer.key])

    async def answers(self, known: Pointer | None) -> bool:
        del known
        try:
            await self._call("answers")
        except StoreUnavailable:
            return False
        return True

    async def delete(self, bucket: str, keys: Sequence[str]) -> Mapping[str, SqsdError]:
        del bucket
        await self._call("delete")
        self.batches.append(len(keys))
        refused = [key for key in keys if key in self.denied]
        for key in set(keys) - self.denied:
            self.objects.pop(key, None)
        return dict.fromkeys(refused, AccessDenied("allow s3:DeleteObject"))

    async def _call(self, method: str) -> None:
        self.calls.append(method)
        await asyncio.sleep(self.delay)
        if self.down:
            raise StoreUnavailable("S3 does not answer (ConnectTimeoutError)")
