"""Puts a corrupt file out of the way, once, whichever of several daemons finds it first."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: which file a path leads to: device and number
Identity = tuple[int, int]

SUFFIXES = ("", "-wal", "-shm")  # the database, its write-ahead log, and the index of that


def identity(path: Path) -> Identity | None:
    """Which file the path leads to; None where there is none. Raises OSError."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def set_aside(path: Path, *, corrupt: Identity) -> bool:
    """Rename the corrupt file and its companions to ``….corrupt``; False if another file has its place by now.

    An earlier ``….corrupt`` is replaced, so that the disk does not fill. Raises OSError.
    """
    with _alone_in(path.parent):
        if identity(path) != corrupt:
            return False
        for suffix in reversed(SUFFIXES):
            with suppress(FileNotFoundError):
                Path(f"{path}{suffix}").replace(f"{path}.corrupt{suffix}")
        return True


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
