"""The machine and the software of a session; figures mean nothing without them."""

import os
import platform
import time
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("sqsd", "uvloop", "httptools", "aiobotocore", "httpx", "redis", "orjson")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where and when; ``load`` is the load average of the last minute before the bench began."""

    date: str
    processor: str
    cores: int
    system: str
    python: str
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
            packages={name: number for name in PACKAGES if (number := _version(name))},
            load=os.getloadavg()[0],
        )

    def sentence(self) -> str:
        packages = ", ".join(f"{name} {number}" for name, number in self.packages.items())
        return (
            f"{self.date}, {self.processor}, {self.cores} cores (load {self.load:.1f} before), {self.system}, "
            f"{self.python}, {packages}."
        )

    def as_json(self) -> dict[str, object]:
        return asdict(self)


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
