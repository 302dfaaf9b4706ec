"""Ends a process whose parent has died: it drains, and in bounded time it is gone, even if its loop is blocked."""

import os
import signal
import threading
import time

from sqsd_adapters.cli.exits import Exit

MARGIN = 20.0  # seconds beyond the drain; as a supervisor should wait


class Orphan:
    """Watches the pipe in a thread.

    A thread sees the end of the pipe on every system, during start-up and while a job blocks the loop. The kernel's
    signal at a parent's death (Linux) would be a second request beside the channel's end.
    """

    def __init__(self, life: int, *, patience: float) -> None:
        """Take the read end of the pipe, and the seconds that a drain may take."""
        self._life = life
        self._patience = patience

    @property
    def limit(self) -> float:
        """Seconds from the parent's end until the process is gone."""
        return self._patience + MARGIN

    def follow(self) -> None:
        threading.Thread(target=self._follow, name="parent", daemon=True).start()

    def allow(self, patience: float) -> None:
        """A reload may let a drain take longer; never less, since the reload may be refused."""
        self._patience = max(self._patience, patience)

    def _follow(self) -> None:
        os.read(self._life, 1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(self.limit)
        os._exit(Exit.CUT)
