"""Makes the store: which table, which queue, how long a call may take."""

from collections.abc import Callable
from typing import Self

from aiobotocore.session import AioSession, get_session

from sqsd_adapters.lock_store.dynamodb.link import DynamoDbLink
from sqsd_adapters.lock_store.pipelined import PipelinedLockStore
from sqsd_adapters.lock_store.steps import queue_hash
from sqsd_core.ports.clock import Clock


class DynamoDbLockStore(PipelinedLockStore):
    """Locks shared by all daemons of one queue that use the same table.

    The table has the partition key ``lock_id`` (a string) and expires items by ``expires_at``; ``create`` makes it
    where it is missing. Leases and expiries are compared with the clocks of the daemons, which may differ by a second.
    Every operation ends within ``timeout`` seconds, and fails at once for ``pause`` seconds after one that failed.
    Entering the store raises ConfigurationError if the table, its rights, the credentials or the region need a person.
    """

    def __init__(
        self,
        *,
        table: str,
        queue_url: str,
        clock: Clock,
        region: str | None = None,
        create: bool = False,
        session: Callable[[], AioSession] = get_session,
        endpoint_url: str | None = None,
        timeout: float = 1.0,
        pause: float = 1.0,
    ) -> None:
        self._create = create
        self._link = DynamoDbLink(
            clock=clock,
            session=session,
            table=table,
            prefix=f"{queue_hash(queue_url)}:",
            region=region,
            endpoint_url=endpoint_url,
            timeout=timeout,
        )
        super().__init__(link=self._link, timeout=timeout, pause=pause)

    async def __aenter__(self) -> Self:
        await self._link.open(create=self._create)
        return await super().__aenter__()
