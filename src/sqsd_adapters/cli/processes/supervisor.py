"""Keeps so many processes running, starts one again that has ended, and ends them all."""

import asyncio
import logging
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.processes.process import Process
from sqsd_adapters.errors import ConfigurationError
from sqsd_core.policy.backoff import backoff
from sqsd_core.policy.family import added

if TYPE_CHECKING:
    from sqsd_core import Figures

RESTART, RESTART_MAX = 1.0, 30.0  # seconds until a process that has ended is started again
STABLE = 60.0  # seconds after which an earlier failure no longer counts
KILL_AFTER = 15.0  # seconds beyond the drain until a process that hangs is killed
SLOW = 60.0  # seconds of a start after which the log says that it is not over

logger = logging.getLogger(__name__)


class Supervisor:
    """Processes by their numbers, from 1."""

    def __init__(
        self, *, start: Callable[[int], Awaitable[Process]], count: int, patience: float, random: Callable[[], float]
    ) -> None:
        """Take how processes are started, how many there are, and how many seconds a drain may take."""
        self._start = start
        #: seconds that a drain may take
        self.patience = patience
        self._random = random
        self.count = count
        #: those that run
        self.running: dict[int, Process] = {}
        self.restarts: Counter[int] = Counter()
        #: are told of each process that was started
        self.on_start: list[Callable[[Process], None]] = []
        #: what those counted that have ended, by queue
        self.past: Mapping[str, Figures] = {}
        self._keepers: dict[int, asyncio.Task[None]] = {}
        self._group = asyncio.TaskGroup()
        self._requests = 0
        self._stopping = asyncio.Event()
        #: of those that were told to stop, by number
        self._killing: dict[int, asyncio.TimerHandle] = {}
        self._codes: set[int] = set()
        self._refused = ""
        self._served = False

    @property
    def draining(self) -> bool:
        return self._stopping.is_set()

    async def run(self) -> int:
        """Run until stopped and all have ended; returns the worst of their exit codes.

        Raises:
            ConfigurationError: a process that was started with this one has ended with exit code 2; says why.
        """
        async with self._group:
            self.resize(self.count)
            await self._stopping.wait()
        if self._refused:
            raise ConfigurationError(self._refused)
        return worst_of(self._codes)

    def stop(self) -> None:
        """Drain all; called again, let them leave at once."""
        self._requests += 1
        logger.info("draining" if self._requests == 1 else "stopping at once")
        self._stopping.set()
        for process in self.running.values():
            self._dismiss(process)

    @property
    def lasting(self) -> Sequence[Process]:
        """Those that run and are to go on."""
        return [process for number, process in self.running.items() if number not in self._killing]

    def resize(self, count: int) -> None:
        """Keep ``count`` processes from now on; those with higher numbers drain."""
        self.count = count
        for number in range(1, count + 1):
            if (keeper := self._keepers.get(number)) is None or keeper.done():
                self._keepers[number] = self._group.create_task(self._keep(number), name=f"keeper-{number}")
        for number, process in self.running.items():
            if number > count:
                self._dismiss(process)

    async def _keep(self, number: int) -> None:
        failures = 0
        while self._wanted(number):
            begun = asyncio.get_running_loop().time()
            try:
                process = await self._start(number)
            except OSError as error:
                failures += 1
                await self._sleep(self._say_not_started(number, error, failures))
                continue
            code, was_dismissed = await self._ended(process)
            if process.refused and not self._has_served:
                self._refuse(process.refused)
                return
            if was_dismissed:
                self._codes.add(_as_expected(process, code))
                failures = 0  # it may be wanted again meanwhile
                continue
            ran = asyncio.get_running_loop().time() - begun
            failures = 1 if ran >= STABLE else failures + 1
            self.restarts[number] += 1
            pause = self._pause_after(failures)
            _report(process, code, again_in=pause)
            await self._sleep(pause)

    async def _ended(self, process: Process) -> tuple[int, bool]:
        """Wait until it has ended; returns its exit code, and whether it was told to stop."""
        self.running[process.number] = process
        slow = asyncio.get_running_loop().call_later(SLOW, _say_slow, process)
        for told in self.on_start:
            told(process)
        try:
            if not self._wanted(process.number):  # asked to stop while it was being started
                self._dismiss(process)
            return await process.ended(), process.number in self._killing
        finally:
            slow.cancel()
            self._forget_killing(process)
            del self.running[process.number]
            self._served = self._served or process.started
            if process.snapshot is not None:
                self.past = added(self.past, process.snapshot)

    @property
    def _has_served(self) -> bool:
        """Whether a process has started: then what refuses another is no reason to end those that work."""
        return self._served or any(process.started for process in self.running.values())

    def _say_not_started(self, number: int, error: OSError, failures: int) -> float:
        """Say that there is no process now; returns the seconds until the next attempt."""
        pause = self._pause_after(failures)
        fields = {"process_number": number, "reason": str(error), "again_in": round(pause, 1)}
        logger.error("process cannot be started", extra=fields)
        return pause

    def _pause_after(self, failures: int) -> float:
        return backoff(failures, base=RESTART, maximum=RESTART_MAX, random=self._random())

    def _wanted(self, number: int) -> bool:
        return number <= self.count and not self._stopping.is_set()

    def _refuse(self, reason: str) -> None:
        """What keeps one from starting keeps all, and is said once."""
        if not self._refused:
            self._refused = reason
        if not self.draining:
            self.stop()

    def _dismiss(self, process: Process) -> None:
        """Let it drain, or leave at once; it is killed if it does not end."""
        process.stop(max(1, self._requests))
        if self._requests <= 1 and process.number in self._killing:  # its time began earlier
            return
        self._forget_killing(process)
        patience = KILL_AFTER if self._requests > 1 else self.patience + KILL_AFTER
        self._killing[process.number] = asyncio.get_running_loop().call_later(patience, _kill, process)

    def _forget_killing(self, process: Process) -> None:
        if (killing := self._killing.pop(process.number, None)) is not None:
            killing.cancel()

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def _kill(process: Process) -> None:
    logger.error("process does not end, killing it", extra={"process_number": process.number, "pid": process.pid})
    process.kill()


def _say_slow(process: Process) -> None:
    if not process.started:
        fields = {"process_number": process.number, "pid": process.pid, "waited": SLOW}
        logger.warning("process has not started yet", extra=fields)


def _as_expected(process: Process, code: int) -> int:
    """The exit code of a process that was told to stop."""
    if process.killed:
        return Exit.CUT
    # the signal may come before its first line of Python, or while it refuses what the others have accepted
    is_stopped = code == -signal.SIGTERM or process.refused
    return Exit.DONE if is_stopped and not process.started else code


def worst_of(codes: Iterable[int]) -> int:
    """The exit code of the parent: 1 if a process crashed or was killed, else 3 if one cut jobs off, else 0."""
    worst = max(codes, key=lambda code: _SEVERITY.get(code, len(_SEVERITY)), default=Exit.DONE)
    return worst if worst in _SEVERITY else Exit.CRASH


_SEVERITY: Mapping[int, int] = {Exit.DONE: 0, Exit.CUT: 1, Exit.FIX_FIRST: 2}


def _report(process: Process, code: int, *, again_in: float) -> None:
    how = {"signal": signal.Signals(-code).name} if code < 0 else {"code": code}
    fields = {"process_number": process.number, "pid": process.pid, **how, "again_in": round(again_in, 1)}
    if process.refused:
        fields["reason"] = process.refused
    level = logging.WARNING if code == Exit.DONE else logging.ERROR
    logger.log(level, "process ended, starting another", extra=fields)
