"""How many cores this process may use: PROCESSES=auto starts one process per core."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUP = Path("/proc/self/cgroup")


def usable_cores(*, cgroups: Path = CGROUPS, own: Path = OWN_CGROUP) -> int:
    """Count the cores of the affinity, and at most as many as the quotas of the control groups allow (cgroup v2)."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([affinity, *(int(quota) for quota in _quotas(cgroups, own))]))


def _quotas(cgroups: Path, own: Path) -> Iterator[float]:
    """The limits of the own group and of those above it, in cores."""
    with suppress(OSError):
        name = own.read_text().strip().rpartition(":")[2].lstrip("/")
        for group in (cgroups / name, *(cgroups / name).parents):
            if group.is_relative_to(cgroups):
                yield from _quota(group / "cpu.max")


def _quota(file: Path) -> Iterator[float]:
    with suppress(OSError, ValueError):  # no such file, or "max"
        quota, period = file.read_text().split()
        yield int(quota) / int(period)
