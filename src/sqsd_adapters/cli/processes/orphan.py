"""Ends a process whose parent has died: it drains, and in bounded time it is gone, even if its loop is blocked."""

import os
import signal
import threading
import time

from sqsd_adapters.cli.exits import Exit

MARGIN = 20.0  # seconds beyond the drain; as a supervisor should wait


def follow(life: int, *, patience: float) -> None:
    """Watch the pipe in a thread; ``patience`` is how long a drain may take.

    A thread sees the end of the pipe on every system, during start-up and while a job blocks the loop. The kernel's
    signal at a parent's death (Linux) would be a second request beside the channel's end.
    """
    threading.Thread(target=_follow, args=(life, patience), name="parent", daemon=True).start()


def _follow(life: int, patience: float) -> None:
    os.read(life, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(patience + MARGIN)
    os._exit(Exit.CUT)
