"""The processes that a command with PROCESSES has started."""

from contextlib import suppress
from pathlib import Path

from tests.support.command import Command


def children(parent: Command) -> list[int]:
    """The ids of those that run now; none once the parent has ended."""
    pid = parent.process.pid
    with suppress(OSError):  # it has ended
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def is_running(pid: int) -> bool:
    with suppress(OSError):  # it has ended
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
