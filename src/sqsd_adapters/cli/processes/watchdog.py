"""systemd's watchdog for each single process: its parent alone tells systemd that it lives."""

import logging

from sqsd_adapters.cli.processes.supervisor import Supervisor

logger = logging.getLogger(__name__)


class Watchdog:
    """Kills a process whose event loop hangs, so that another one is started and the others go on."""

    def __init__(self, *, supervisor: Supervisor, limit: float | None) -> None:
        """``limit`` is the seconds that systemd gives the service for a sign of life; None without a watchdog."""
        self._supervisor = supervisor
        self._limit = limit

    def look(self) -> None:
        """Kill those that are silent for too long; to be called after they had time to answer."""
        if self._limit is None:
            return
        for process in self._supervisor.running.values():
            if process.silence > self._limit and not process.killed:
                fields = {"process_number": process.number, "pid": process.pid, "silent_for": round(process.silence, 1)}
                logger.error("process does not answer, killing it", extra=fields)
                process.kill()
