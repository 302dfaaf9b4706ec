"""The files of a configuration, each read once: the processes of one parent all go by what the parent has read."""

import errno
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Self

MAX_SIZE = 16_777_216  # bytes of one file


class KeptFiles:
    """What ``sqsd.toml`` and each CRON_FILE say; a file is read when it is asked for first, and then kept."""

    def __init__(self, contents: Mapping[str, str] | None = None, *, first: Mapping[str, str] | None = None) -> None:
        """Take what is known, and what the files said when the daemon started (None: this is the start)."""
        self._contents = dict(contents or {})
        self._first = first

    def __bool__(self) -> bool:
        return bool(self._contents)

    def read(self, path: Path) -> bytes:
        """Raises OSError where the file cannot be read, or is too large."""
        if (text := self._contents.get(str(path))) is None:
            text = self._contents[str(path)] = _read(path)
        return _bytes(text)

    def first(self, path: Path) -> bytes | None:
        """What the file said at start; None where it is the start, or the file was not read then."""
        text = (self._first or {}).get(str(path))
        return None if text is None else _bytes(text)

    def next(self) -> "KeptFiles":
        """For a reload: nothing is read yet, and the start is remembered."""
        return KeptFiles(first=self._contents if self._first is None else self._first)

    @contextmanager
    def used(self) -> Iterator[None]:
        """Let everything that is called within read these; so do the tasks that are begun within."""
        token = _used.set(self)
        try:
            yield
        finally:
            _used.reset(token)

    def encoded(self) -> str:
        """For another process."""
        return json.dumps([self._contents, self._first])

    @classmethod
    def decoded(cls, text: str) -> Self:
        """Raises ValueError where the text was cut off."""
        contents, first = json.loads(text)
        return cls(contents, first=first)


def read_file(path: Path) -> bytes:
    """Read a file of the configuration; raises OSError."""
    files = _used.get()
    return (KeptFiles() if files is None else files).read(path)


def first_content(path: Path) -> bytes | None:
    """What the file said when the daemon started, if this is no longer the start."""
    files = _used.get()
    return None if files is None else files.first(path)


def demand_readable(path: Path) -> None:
    """Raise OSError where the file cannot be read; without files in use nothing is read, since it may be a pipe."""
    files = _used.get()
    if files is None:
        path.open("rb").close()
    else:
        files.read(path)


def _read(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(MAX_SIZE + 1)
    if len(content) > MAX_SIZE:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return content.decode(errors="surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


_used: ContextVar[KeptFiles | None] = ContextVar("sqsd_kept_files", default=None)
