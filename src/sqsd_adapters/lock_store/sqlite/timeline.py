"""The time of a lock file: the same for all processes of a host, never jumps, and goes on after a reboot.

The monotonic clock is the same in each process and starts again at each boot. The file keeps, per boot, what to add to
it: the wall clock's lead at the first opening since that boot. From then on the wall clock may jump.
"""

from pathlib import Path

from sqsd_core.ports.clock import Clock

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boot_id(path: Path = BOOT_ID) -> str | None:
    """What tells this boot from all others; None on a system that does not say."""
    try:
        return path.read_text().strip()
    except OSError:
        return None


class Timeline:
    """Seconds since 1970, more or less."""

    def __init__(self, *, clock: Clock, boot: str | None) -> None:
        self._clock = clock
        self.boot = boot
        self._base = 0.0

    def now(self) -> float:
        # Without a boot's identity a lease of an earlier boot could not be told from a running one.
        return self._clock.now() if self.boot is None else self._base + self._clock.monotonic()

    def new_base(self, *, latest: float) -> float:
        """Return the base of a boot that the file does not know yet; ``latest`` is the last instant in the file."""
        return max(self._clock.now(), latest) - self._clock.monotonic()

    def continue_from(self, base: float) -> None:
        self._base = base
