"""One live screen: keys and statuses come in, frames and requests go out."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import replace
from typing import Any, assert_never

from sqsd_adapters.cli.monitors.monitors import Monitors
from sqsd_adapters.cli.status.view import View
from sqsd_adapters.cli.top import state as states
from sqsd_adapters.cli.top.feed import follow
from sqsd_adapters.cli.top.keys import Keys
from sqsd_adapters.cli.top.screen import frame
from sqsd_adapters.cli.top.steering import Effect, Find, Pause, Quit, Resume, pressed
from sqsd_adapters.cli.top.tty import Terminal
from sqsd_adapters.cli.why.asking import ask
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor.client import MonitorClient, MonitorUnavailable
from sqsd_core.ports.clock import Clock

FRAME = 0.05  # seconds between two frames at least
SEQUENCE = 0.05  # seconds within which the rest of an escape sequence comes
BY_SIGNAL = 128  # and the number: the exit code of a shell


class Session:
    """Runs until a key or a signal ends it."""

    def __init__(self, *, monitors: Monitors, terminal: Terminal, clock: Clock) -> None:
        self._monitors = monitors
        self._terminal = terminal
        self._clock = clock
        self._keys = Keys()
        self._state = states.of(list(dict.fromkeys(monitors.addresses)))
        self._changed = asyncio.Event()
        self._code: int | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> int:
        """Show the screen; returns the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            loop.add_signal_handler(number, self._end, BY_SIGNAL + number)
        loop.add_signal_handler(signal.SIGWINCH, self._changed.set)
        loop.add_signal_handler(signal.SIGTSTP, self._suspend)
        with self._terminal:
            loop.add_reader(self._terminal.fileno, self._read)
            try:
                async with asyncio.TaskGroup() as group:
                    self._group = group
                    await self._live()
            finally:
                loop.remove_reader(self._terminal.fileno)
        return self._code or 0

    async def _live(self) -> None:
        for view in self._state.views:
            self._start(follow(view.address, dial=self._monitors.dial, clock=self._clock, told=self._told))
        while self._code is None:
            self._terminal.draw(frame(self._state, self._terminal.console, now=self._clock.now()))
            await asyncio.sleep(FRAME)
            await self._changed.wait()
            self._changed.clear()
        for task in self._tasks:
            task.cancel()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _end(self, code: int) -> None:
        self._code = code
        self._changed.set()

    def _suspend(self) -> None:
        """Ctrl-Z: the shell gets its terminal as it was, and we come back with fg."""
        self._terminal.leave()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._terminal.enter()
        self._changed.set()

    def _told(self, view: View) -> None:
        self._become(self._state.told(view))

    def _become(self, state: states.State) -> None:
        self._state = state
        self._changed.set()

    def _read(self) -> None:
        data = self._terminal.read()
        if not data:
            self._end(BY_SIGNAL + signal.SIGHUP)
        self._press(self._keys.feed(data))
        if self._keys.waits:
            asyncio.get_running_loop().call_later(SEQUENCE, self._flush)

    def _flush(self) -> None:
        self._press(self._keys.flush())

    def _press(self, keys: Iterable[str]) -> None:
        for key in keys:
            state, effect = pressed(self._state, key)
            self._become(state)
            self._do(effect)

    def _do(self, effect: Effect) -> None:
        match effect:
            case None:
                pass
            case Quit():
                self._end(0)
            case Pause():
                queue, seconds = effect.target.queue or None, effect.seconds
                self._steer(effect.target, "paused", lambda client: client.pause(queue=queue, seconds=seconds))
            case Resume():
                queue = effect.target.queue or None
                self._steer(effect.target, "resumed", lambda client: client.resume(queue=queue))
            case Find():
                self._start(self._find(effect))
            case _:
                assert_never(effect)

    def _steer(self, target: states.Target, done: str, action: Callable[[MonitorClient], Awaitable[object]]) -> None:
        for address in target.addresses:
            self._start(self._steered(address, f"{target.name} {done}", action))

    async def _steered(self, address: str, done: str, action: Callable[[MonitorClient], Awaitable[object]]) -> None:
        try:
            async with self._monitors.dial(address) as client:
                await action(client)
        except (MonitorUnavailable, ConfigurationError) as error:
            done = str(error)
        self._become(replace(self._state, notice=done))

    async def _find(self, effect: Find) -> None:
        addresses = [view.address for view in self._state.views]
        try:
            answers = await ask(addresses, effect.query, dial=self._monitors.dial)
        except ConfigurationError as error:
            self._become(replace(self._state, notice=str(error)))
            return
        opened = self._state.opened
        if opened is not None and opened.query == effect.query:
            self._become(replace(self._state, opened=opened.answered(answers)))
