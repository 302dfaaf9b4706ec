"""What tells of the daemon beyond its monitors: systemd and ECS, each only where it is asked for."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sqsd_adapters.cli.arguments import lazy
from sqsd_adapters.cli.parts import Opening
from sqsd_adapters.cli.settings import Settings
from sqsd_adapters.errors import ConfigurationError
from sqsd_core import Monitor, Observer, Queue

AGENT = "ECS_AGENT_URI"
SOCKET = "NOTIFY_SOCKET"


class Watching(Opening):
    """The observers of one daemon, and what they put around its queues.

    Made without I/O, and opened before everything else; ``problems`` says first what does not work. ``supervised``:
    the process is the daemon's alone, so its service manager is told about it.
    """

    def __init__(
        self, settings: Settings, environ: Mapping[str, str] = os.environ, *, supervised: bool = False
    ) -> None:
        super().__init__()
        self._settings = settings
        self._environ = environ
        self._clock: Any = lazy("clock.system:SystemClock")()
        self._systemd = self._make_systemd() if supervised else None
        self._agent = self._make_agent()
        self._protection = self._make_protection()

    @property
    def problems(self) -> Iterator[str]:
        """What has to be fixed first, each with the name of its variable."""
        if self._settings.ECS_TASK_PROTECTION == "on" and not self._environ.get(AGENT):
            yield f"ECS_TASK_PROTECTION=on: {AGENT} is not set, as it is in a task of ECS; set off or auto"

    @property
    def observers(self) -> list[Observer]:
        return [part for part in (self._systemd, self._protection) if part is not None]

    @property
    def adapters(self) -> Iterable[object]:
        return [self._systemd, self._agent, self._protection]

    def watch(self, monitor: Monitor) -> None:
        """Let the observers read the state of the daemon."""
        for part in (self._systemd, self._protection):
            if part is not None:
                part.watch(monitor)

    def around(self, queue: Queue) -> Queue:
        """The queue as the daemon should use it."""
        if self._protection is None:
            return queue
        guard: Any = lazy("observer.ecs:GuardedQueue")
        guarded: Queue = guard(queue=queue, protection=self._protection)
        return guarded

    def reloading(self) -> AbstractContextManager[None]:
        """Enter it while the configuration is read again."""
        if self._systemd is None:
            return nullcontext()
        reloading: AbstractContextManager[None] = self._systemd.reloading()
        return reloading

    def _make_systemd(self) -> Any:  # noqa: ANN401 - imported only where it is used
        if not self._environ.get(SOCKET):
            return None
        return lazy("observer.systemd:systemd")(environ=self._environ, pid=os.getpid(), clock=self._clock)

    def _make_agent(self) -> Any:  # noqa: ANN401 - as above
        agent = self._environ.get(AGENT)
        if self._settings.ECS_TASK_PROTECTION == "off" or not agent:
            return None
        try:
            return lazy("observer.ecs:agent")(url=agent)
        except ValueError as error:
            raise ConfigurationError(f"{AGENT}: {error}; set ECS_TASK_PROTECTION=off to ignore it") from error

    def _make_protection(self) -> Any:  # noqa: ANN401 - as above
        return self._agent and lazy("observer.ecs:TaskProtection")(exchange=self._agent, clock=self._clock)
