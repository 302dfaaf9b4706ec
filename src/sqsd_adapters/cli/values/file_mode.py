"""What other users may do with a file that holds secrets."""

import stat
from pathlib import Path

READABLE = stat.S_IRGRP | stat.S_IROTH
WRITABLE = stat.S_IWGRP | stat.S_IWOTH


def is_readable_by_others(path: Path) -> bool:
    """Whether its group or all others may read the file."""
    return _allows(path, READABLE)


def is_writable_by_others(path: Path) -> bool:
    """Whether its group or all others may write the file."""
    return _allows(path, WRITABLE)


def _allows(path: Path, mode: int) -> bool:
    try:
        found = path.stat().st_mode
    except OSError:  # it may be gone since it was read
        return False
    return stat.S_ISREG(found) and bool(found & mode)
