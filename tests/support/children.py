"""The processes that a command with PROCESSES has started."""

from contextlib import suppress
from pathlib import Path

from tests.support.command import Command
from tests.support.stage import Stage


def several(stage: Stage, count: object = 2, **more: str) -> dict[str, str]:
    """The environment of a daemon with so many processes."""
    return {**stage.env, "PROCESSES": str(count), "INVOKER_PARALLEL_COUNT": "4", "LOG_FORMAT": "json", **more}


async def all_receiving(daemon: Command, count: int = 2) -> set[int]:
    """Wait until each process receives; returns their numbers."""
    numbers: set[int] = set()
    while len(numbers) < count:
        numbers.add((await daemon.until("receiving"))["process_number"])
    return numbers


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
