"""A monitor whose state is in other processes: each call waits until it is fetched, for a bounded time."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import grpc

from sqsd_adapters.monitor.gate import Gate
from sqsd_core.policy.scoreboard import Snapshot


@runtime_checkable
class Remote(Protocol):
    """What a ``Monitor`` of other processes can do as well."""

    def parts(self) -> Mapping[int, Snapshot]:
        """The snapshots of which the sum is made, by the numbers of the processes."""
        ...

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
