"""The parent's hold on one process: starts it, speaks with it, and knows how it ended."""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from sqsd_adapters.cli.processes import values
from sqsd_adapters.cli.processes.birth import Birth
from sqsd_adapters.cli.processes.channel import Channel, Order, Report
from sqsd_adapters.cli.settings.kept_files import KeptFiles
from sqsd_adapters.lock_store.shared import LockServer
from sqsd_core import Snapshot
from sqsd_core.policy.history import Found, Query

LAST_WORDS = 1.0  # seconds to read what an ended process has said
FRESH = 0.2  # seconds for which a snapshot is not asked for again
#: what the parent tells systemd, and no process
OF_PARENT = ("NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC")

logger = logging.getLogger(__name__)


class Process:
    """A daemon that was started."""

    def __init__(
        self,
        *,
        number: int,
        process: asyncio.subprocess.Process,
        channel: Channel,
        locks: asyncio.Transport,
        files: KeptFiles,
    ) -> None:
        self.number = number
        #: the configuration that it runs, or will run
        self.files = files
        self.pid = process.pid
        self._listens = False
        #: whether everything is open in it
        self.started = False
        self._started_at = 0.0
        #: why it ended with exit code 2
        self.refused = ""
        self.killed = False
        #: the latest; it may be old if nobody has asked
        self.snapshot: Snapshot | None = None
        self._process = process
        self._channel = channel
        self._locks = locks
        self._asked: asyncio.Future[None] | None = None
        self._asked_at = 0.0
        self._answered_at = 0.0
        #: whether it was told something since it was asked
        self._changed = False
        #: answers with ``protected``
        self.on_protect: Callable[[int, float], object] = lambda number, _: self.protected(number)
        self._reload = 0
        self._prepared: asyncio.Future[str | None] | None = None
        self._queries = 0
        self._finding: dict[int, asyncio.Future[Found]] = {}

    @property
    def silence(self) -> float:
        """Seconds for which it owes an answer; one that is starting owes none."""
        if self._asked is None or not self.started:
            return 0.0
        return asyncio.get_running_loop().time() - max(self._asked_at, self._started_at)

    def stop(self, requests: int) -> None:
        """Let it drain, or with the second request leave at once."""
        self._channel.send(Order.STOP, requests)
        if not self._listens:  # it may be long before it does, and until then it has nothing to drain
            self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self.killed = True
        self._signal(signal.SIGKILL)

    def prepare(self, files: KeptFiles) -> asyncio.Future[str | None]:
        """Let it get ready for these files; the result is why it cannot, empty if it is ready, None if it has ended."""
        self._reload += 1
        self._prepared = asyncio.get_running_loop().create_future()
        self._channel.send(Order.RELOAD, [self._reload, files.encoded()])
        return self._prepared

    def decide(self, accepted: KeptFiles | None) -> None:
        """Let it apply what it is ready for, or leave that; if it is not ready for what is accepted, it ends."""
        self._channel.send(Order.DECIDED, [self._reload, accepted is not None])
        if accepted is not None:
            self.files = accepted

    def pause(self, queue: str | None, seconds: float | None) -> None:
        self._channel.send(Order.PAUSE, [queue, seconds])
        self._changed = True

    def resume(self, queue: str | None) -> None:
        self._channel.send(Order.RESUME, [queue])
        self._changed = True

    def protected(self, number: int) -> None:
        """Tell it that a message may start now."""
        self._channel.send(Order.PROTECTED, number)

    def find(self, query: Query) -> "asyncio.Future[Found]":
        """Search its history; the result is cancelled if it ends before it has answered."""
        self._queries += 1
        found = self._finding[self._queries] = asyncio.get_running_loop().create_future()
        found.add_done_callback(partial(self._forget, self._queries))
        self._channel.send(Order.FIND, [self._queries, values.encode(query)])
        return found

    def ask(self, *, depths: bool = False) -> asyncio.Future[None] | None:
        """Ask for a snapshot, unless the latest is new; the result is done when the answer is here."""
        loop = asyncio.get_running_loop()
        if self._asked is None and (self._changed or loop.time() >= self._answered_at + FRESH):
            self._changed = False
            self._asked, self._asked_at = loop.create_future(), loop.time()
            self._channel.send(Order.ASK, depths)
        return self._asked

    async def ended(self) -> int:
        """Listen until it has ended; returns its exit code, negative for a signal."""
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(self._listen(), name=f"process-{self.number}")
            code = await self._process.wait()
            await asyncio.wait([listening], timeout=LAST_WORDS)
            listening.cancel()
        self._answered()
        self._is_prepared(self._reload, None)
        for found in [*self._finding.values()]:
            found.cancel()
        self._locks.close()
        await self._channel.close()
        return code

    def _signal(self, number: int) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def _listen(self) -> None:
        try:
            async for kind, content in self._channel.lines():
                self._take(Report(kind), content)
        except (ValueError, TypeError):  # another version of sqsd was installed meanwhile
            logger.exception("process not understood, killing it", extra={"process_number": self.number})
            self.kill()

    def _take(self, report: Report, content: Any) -> None:  # noqa: ANN401 - whatever the kind of report has
        match report:
            case Report.LISTENING:
                self._listens = True
            case Report.STARTED:
                self.started, self._started_at = True, asyncio.get_running_loop().time()
            case Report.SNAPSHOT:
                self.snapshot = values.decode(Snapshot, content)
                self._answered()
            case Report.PREPARED:
                self._is_prepared(*content)
            case Report.FOUND:
                self._found(*content)
            case Report.PROTECT:
                self.on_protect(*content)
            case Report.REFUSED:
                self.refused = str(content)

    def _found(self, number: int, found: object) -> None:
        if (asked := self._finding.get(number)) is not None and not asked.done():
            asked.set_result(values.decode(Found, found))

    def _is_prepared(self, number: int, refusal: str | None) -> None:
        if number == self._reload and self._prepared is not None and not self._prepared.done():
            self._prepared.set_result(refusal)

    def _forget(self, number: int, found: "asyncio.Future[Found]") -> None:
        del found
        del self._finding[number]

    def _answered(self) -> None:
        self._answered_at = asyncio.get_running_loop().time()
        asked, self._asked = self._asked, None
        if asked is not None and not asked.done():
            asked.set_result(None)


class Starter:
    """Starts processes with the command and the environment of this one."""

    def __init__(self, *, locks: LockServer, files: KeptFiles, environment: Mapping[str, str] = os.environ) -> None:
        self._locks = locks
        #: the configuration of those that are started
        self.files = files
        self._environment = environment
        #: nothing is ever written to it: it closes when this process ends, however that happens
        self._life, self._closes_at_our_end = os.pipe()

    async def start(self, number: int) -> Process:
        """Start a process; raises OSError where the system has no room for another."""
        control, controlled = socket.socketpair()
        served, locks = socket.socketpair()
        with controlled, locks:
            birth = Birth(number=number, control=controlled.fileno(), locks=locks.fileno(), life=self._life)
            files = self.files
            try:
                process = await self._spawn(birth, files)
            except OSError:
                control.close()
                served.close()
                raise
        channel, transport = await Channel.open(control), await self._locks.serve(served)
        return Process(number=number, process=process, channel=channel, locks=transport, files=files)

    async def _spawn(self, birth: Birth, files: KeptFiles) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *sys.orig_argv[1:],
            stdin=asyncio.subprocess.PIPE,
            pass_fds=(birth.control, birth.locks, birth.life),
            env={**self._inherited, **birth.variable},
        )
        if process.stdin is not None:  # a pipe of its own: others can read neither it nor what it says
            process.stdin.write(files.encoded().encode())
            process.stdin.close()
        return process

    def close(self) -> None:
        """End what is still running."""
        os.close(self._life)
        os.close(self._closes_at_our_end)

    @property
    def _inherited(self) -> dict[str, str]:
        return {name: value for name, value in self._environment.items() if name not in OF_PARENT}
