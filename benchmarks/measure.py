"""CPU time, memory and file descriptors of another process, from the kernel."""

import time
from dataclasses import dataclass
from pathlib import Path


def cpu_seconds(pid: int) -> float:
    """Return user + system time of all the threads of a process, to the nanosecond.

    The clock of another process has no name in Python; clock_getcpuclockid(3) computes its number like this.
    """
    return time.clock_gettime((~pid << 3) | 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """A process's resident memory, in MiB."""

    now: float
    peak: float


def memory(pid: int) -> Memory:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kib = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines) if "kB" in rest}
    return Memory(now=kib["VmRSS"] / 1024, peak=kib["VmHWM"] / 1024)


def descriptors(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
