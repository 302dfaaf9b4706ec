"""A monitor whose state is in other processes: each call waits until it is fetched, for a bounded time."""

from typing import Protocol, runtime_checkable

import grpc

from sqsd_adapters.monitor.gate import Gate


@runtime_checkable
class Remote(Protocol):
    """What a ``Monitor`` of other processes can do as well."""

    async def refresh(self) -> None:
        """Let the next snapshot be of this moment; takes a fraction of a second at most, and never fails."""
        ...


class Fresh(Gate):
    """Refreshes the monitor before each call, and refuses none."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    async def refusal(self, call: grpc.HandlerCallDetails) -> None:
        del call
        await self._remote.refresh()
