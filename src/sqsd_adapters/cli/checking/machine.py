"""Whether this machine lets the daemon work: ports, file descriptors, and the time that it gets to stop."""

import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from sqsd_adapters.cli.assembly.descriptors import limits, needed, too_few
from sqsd_adapters.cli.checking.consumers import running_here
from sqsd_adapters.cli.checking.finding import Finding, ok, stop, warn
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.values.durations import format_duration

CLOSING = 15.0  # seconds that a stop may take beyond DRAIN_TIMEOUT: a long poll's rest, closing
UNITS = (Path("/usr/lib/systemd/system"), Path("/lib/systemd/system"), Path("/etc/systemd/system"))
UNIT = "sqsd.service"
KUBERNETES = "KUBERNETES_SERVICE_HOST"  # set in each pod
DEFAULT_GRACE = 30.0  # seconds; Kubernetes: terminationGracePeriodSeconds

_TYPE = re.compile(r"^\s*Type\s*=\s*(\S*)", re.MULTILINE)
_STOP = re.compile(r"^\s*TimeoutS(?:topS)?ec\s*=\s*(.*?)\s*$", re.MULTILINE)
_PART = re.compile(r"([0-9.]+)\s*([a-z]*)")
_SECONDS = {
    "": 1,
    "s": 1,
    "sec": 1,
    "second": 1,
    "seconds": 1,
    "ms": 0.001,
    "min": 60,
    "m": 60,
    "h": 3_600,
    "hr": 3_600,
}


async def check_ports(settings: Settings) -> list[Finding]:
    """Try to take each port; one that the daemon of these settings has already is no problem."""
    taken = {
        variable: reason
        for variable, host, port in _ports(settings)
        if (reason := _why_not_free(host, port)) is not None
    }
    if not taken:
        return [ok("ports", "free")] if any(_ports(settings)) else []
    if await running_here(settings) is not None:
        return [ok("ports", "taken by the daemon that runs here")]
    return [
        stop("ports", f"{variable}: {reason}", f"set {variable} to a free port, or to -1")
        for variable, reason in taken.items()
    ]


def _ports(settings: Settings) -> Iterator[tuple[str, str, int]]:
    if settings.MONITORING_PORT > 0:
        yield "MONITORING_PORT", settings.MONITORING_HOST, settings.MONITORING_PORT
    if settings.PROBE_PORT > 0:
        yield "PROBE_PORT", settings.PROBE_HOST, settings.PROBE_PORT


def _why_not_free(host: str, port: int) -> str | None:
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        return f"cannot listen on {host}:{port}: {error.strerror}"
    return None


async def check_descriptors(configuration: Configuration) -> list[Finding]:
    """Compare the hard limit, which a daemon raises its own to, with what the settings need."""
    _, hard = limits()
    count = needed(configuration)
    for advice in too_few(configuration, limit=hard):
        return [warn("open files", f"up to {count} are needed, the limit is {hard}", advice.fields["reason"])]
    return [ok("open files", f"up to {count} are needed, which the limit allows")]


def check_grace(settings: Settings, *, environ: Mapping[str, str], units: Iterable[Path] = UNITS) -> list[Finding]:
    """Compare DRAIN_TIMEOUT with the time that systemd or Kubernetes gives the daemon, as far as it is visible."""
    wanted = settings.DRAIN_TIMEOUT + CLOSING
    texts = _texts(units)
    if _told(texts):
        return [ok("time to stop", "the daemon asks systemd for the time that it needs (Type=notify)")]
    given = _stop_timeout(texts)
    if given is not None:
        return [_of_systemd(given, wanted)]
    if KUBERNETES in environ and wanted > DEFAULT_GRACE:
        why = f"not visible from inside a pod: terminationGracePeriodSeconds must be at least {wanted:.0f}"
        return [ok("time to stop", why)]
    return []


def _of_systemd(given: float, wanted: float) -> Finding:
    if given >= wanted:
        return ok("time to stop", f"systemd gives {format_duration(given)}")
    return warn(
        "time to stop",
        f"systemd kills the daemon after {format_duration(given)}, but a stop may take {format_duration(wanted)}: "
        "the kill cuts off jobs",
        f"set TimeoutStopSec={wanted:.0f} in {UNIT}, or lower DRAIN_TIMEOUT",
    )


def _texts(units: Iterable[Path]) -> list[str]:
    """The unit and its drop-ins."""
    return [_text(file) for place in units for file in (place / UNIT, *sorted(place.glob(f"{UNIT}.d/*.conf")))]


def _told(texts: Iterable[str]) -> bool:
    """Whether systemd listens to the daemon, which then asks for more time."""
    types = [kind for text in texts for kind in _TYPE.findall(text)]
    return bool(types) and types[-1].startswith("notify")


def _stop_timeout(texts: Iterable[str]) -> float | None:
    """TimeoutStopSec, the last one; None where there is no unit, or no limit in it."""
    values = [value for text in texts for value in _STOP.findall(text)]
    if not values or values[-1] == "infinity":
        return None
    parts = _PART.findall(values[-1])
    return sum(float(number) * _SECONDS.get(unit, 1) for number, unit in parts) if parts else None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
