"""A process's way to its parent: obeys it, answers with snapshots, and gets its locks there."""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any, Self

from sqsd_adapters.cli.lifetime.rounds import Round
from sqsd_adapters.cli.processes.birth import Birth
from sqsd_adapters.cli.processes.channel import Channel, Order, Report
from sqsd_adapters.cli.processes.protected import ParentsProtection
from sqsd_adapters.cli.processes.round import ParentsRound
from sqsd_adapters.cli.processes.values import decode, encode
from sqsd_adapters.cli.settings.kept_files import KeptFiles
from sqsd_adapters.lock_store.shared import LockConnection
from sqsd_core import Monitor
from sqsd_core.errors import UnknownQueue
from sqsd_core.policy.history import Found, Query
from sqsd_core.ports.history import History

logger = logging.getLogger(__name__)


class Child:
    """Open while the daemon runs, and a little longer."""

    def __init__(self, birth: Birth) -> None:
        self._birth = birth
        self._tasks = asyncio.TaskGroup()
        #: of all queues
        self.locks = LockConnection()
        self.protection = ParentsProtection()
        self._channel: Channel | None = None
        self._listening: asyncio.Task[None] | None = None
        self._monitor: Monitor | None = None
        self._history: History | None = None
        self._stop: Callable[[int], None] = lambda _: None
        self._reload: Callable[[Round], None] = lambda _: None
        self._rounds: dict[int, ParentsRound] = {}

    def obeying(
        self, monitor: Monitor, history: History | None, *, stop: Callable[[int], None], reload: Callable[[Round], None]
    ) -> Self:
        """Say what the parent's words call, and enter the result."""
        self._monitor, self._history, self._stop, self._reload = monitor, history, stop, reload
        return self

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._channel = channel = await Channel.open(self._birth.socket())
        self.protection.ask = lambda number, within: channel.send(Report.PROTECT, [number, within])
        await self.locks.open(socket.socket(fileno=self._birth.locks))
        self._listening = self._tasks.create_task(self._listen(channel), name="parent")
        channel.send(Report.LISTENING)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listening is not None:
            self._listening.cancel()
        await self._tasks.__aexit__(None, None, None)
        self.locks.close()
        if self._channel is not None:
            self._say_snapshot(self._channel)
            await self._channel.close()

    def started(self) -> None:
        """Tell the parent that everything is open."""
        if self._channel is not None:
            self._channel.send(Report.STARTED)

    async def _listen(self, channel: Channel) -> None:
        async for kind, content in channel.lines():
            match Order(kind):
                case Order.STOP:
                    self._stop(content)
                case Order.RELOAD:
                    self._begin_round(channel, *content)
                case Order.DECIDED:
                    number, accepted = content
                    self._rounds.pop(number).decide(accepted=accepted)
                case Order.ASK:
                    self._say_snapshot(channel, with_depths=content)
                case Order.PAUSE | Order.RESUME:
                    self._steer(Order(kind), content)
                case Order.FIND:
                    number, query = content
                    self._tasks.create_task(self._find(channel, number, decode(Query, query)), name="find")
                case Order.PROTECTED:
                    self.protection.answered(content)
        logger.error("the parent process is gone")
        self.protection.close()
        self._stop(1)

    def _begin_round(self, channel: Channel, number: int, files: str) -> None:
        self._rounds[number] = asked = ParentsRound(
            files=KeptFiles.decoded(files),
            answer=lambda refusal: channel.send(Report.PREPARED, [number, refusal]),
            leave=lambda: self._stop(1),
        )
        self._reload(asked)

    async def _find(self, channel: Channel, number: int, query: Query) -> None:
        found = Found() if self._history is None else await self._history.find(query)
        channel.send(Report.FOUND, [number, encode(found)])

    def _steer(self, order: Order, content: list[Any]) -> None:
        if self._monitor is None:
            return
        try:
            if order is Order.PAUSE:
                queue, seconds = content
                self._monitor.pause(queue=queue, seconds=seconds)
            else:
                self._monitor.resume(queue=content[0])
        except UnknownQueue as error:  # a reload has removed it meanwhile
            logger.warning("pause refused", extra={"reason": str(error)})

    def _say_snapshot(self, channel: Channel, *, with_depths: bool = False) -> None:
        if self._monitor is not None:
            if with_depths:
                self._monitor.depths()
            channel.send(Report.SNAPSHOT, encode(self._monitor.snapshot()))
