"""A TOML file as text: what it says, and on which line each key stands."""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from sqsd_adapters.cli.settings.kept_files import first_content, read_file
from sqsd_adapters.errors import ConfigurationError

_TABLE = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*(?:([A-Za-z0-9_-]+)|"([^"]*)"|'([^']*)')\s*=""")
_NAME = re.compile(r"""([A-Za-z0-9_-]+)|"([^"]*)"|'([^']*)'""")

#: a table's path and the key; the key is empty for the table itself
Place = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlText:
    """A file that was read once."""

    path: Path
    tables: Mapping[str, Any]
    lines: Mapping[Place, int]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises ConfigurationError: the file cannot be read, or is no TOML."""
        try:
            text = read_file(path).decode("utf-8-sig")
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigurationError(f"{path}: not TOML: {error}") from None
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise ConfigurationError(f"{path}: {reason}") from None
        lines: dict[Place, int] = {}
        for place, line in _places(text):
            lines.setdefault(place, line)
        return cls(path=path, tables=tables, lines=lines)

    def keeping(self, keys: Collection[str]) -> Self:
        """The same file with these keys of its top as they were when the daemon started."""
        if (first := first_content(self.path)) is None:
            return self
        former = tomllib.loads(first.decode("utf-8-sig"))
        kept = {key: value for key, value in former.items() if key in keys}
        return replace(self, tables={key: value for key, value in self.tables.items() if key not in keys} | kept)

    def where(self, table: tuple[str, ...], key: str = "") -> str:
        """The file and the line of a key, or of its table where the key has no line of its own."""
        line = self.lines.get((table, key)) or self.lines.get((table, ""))
        place = f"{self.path}:{line}" if line else str(self.path)
        return f"{place}: [{'.'.join(table)}]" if table else place


def _places(text: str) -> Iterator[tuple[Place, int]]:
    table: tuple[str, ...] = ()
    quote = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quote:  # inside a string of several lines
            quote = "" if quote in line else quote
        elif found := _TABLE.match(line):
            table = tuple(next(filter(None, parts), "") for parts in _NAME.findall(found[1]))
            for depth in range(1, len(table) + 1):  # [queue.orders] makes the table queue as well
                yield (table[:depth], ""), number
        elif found := _KEY.match(line):
            yield (table, found[1] or found[2] or found[3] or ""), number
            quote = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
