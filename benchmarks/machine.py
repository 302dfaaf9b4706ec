"""The machine and the software of a session; figures mean nothing without them."""

import os
import platform
import sysconfig
import time
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from timeit import repeat

CALLS = 100_000  # of an empty function, to time one
OPTIMIZED = "--enable-optimizations"
#: how Debian and Ubuntu configure their builds, which they optimize in a later step
DISTRIBUTED = "--with-wheel-pkg-dir=/usr/share/python-wheels/"
PACKAGES = ("sqsd", "uvloop", "httptools", "aiobotocore", "httpx", "redis", "orjson")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where and when; ``load`` is the load average of the last minute before the bench began."""

    date: str
    processor: str
    cores: int
    system: str
    python: str
    #: arguments of the interpreter's ``configure``
    build: str
    #: nanoseconds of a call of an empty function, the best of several
    call_ns: float
    packages: dict[str, str]
    load: float

    @classmethod
    def here(cls) -> "Machine":
        return cls(
            date=time.strftime("%Y-%m-%d"),
            processor=_processor(),
            cores=len(os.sched_getaffinity(0)),
            system=f"{platform.system()} {platform.release()}",
            python=f"{platform.python_implementation()} {platform.python_version()}",
            build=sysconfig.get_config_var("CONFIG_ARGS") or "",
            call_ns=_call_ns(),
            packages={name: number for name in PACKAGES if (number := _version(name))},
            load=os.getloadavg()[0],
        )

    def sentence(self) -> str:
        packages = ", ".join(f"{name} {number}" for name, number in self.packages.items())
        return (
            f"{self.date}, {self.processor}, {self.cores} cores (load {self.load:.1f} before), {self.system}, "
            f"{self.python} (a call takes {self.call_ns:.0f} ns; configured with {self.build or 'nothing known'}), "
            f"{packages}."
        )

    @property
    def warning(self) -> str:
        """What makes the figures of this machine worse than they need be, or nothing."""
        if is_optimized(self.build):
            return ""
        return (
            f"warning: this Python was built without {OPTIMIZED}. sqsd is slower on it, the floor is not. "
            "Name another one: make bench PYTHON=/usr/bin/python3"
        )

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def is_optimized(build: str) -> bool:
    """Whether an interpreter that was configured like this was built with profile-guided optimization."""
    return OPTIMIZED in build or DISTRIBUTED in build


def _call_ns() -> float:
    def called() -> None:
        """Do nothing."""

    return min(repeat(called, number=CALLS, repeat=7)) / CALLS * 1e9


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
