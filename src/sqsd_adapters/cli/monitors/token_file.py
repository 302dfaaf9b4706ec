"""Reads the file that has a token for each daemon, so that no token stands in a command line."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.cli.values.file_mode import is_readable_by_others
from sqsd_adapters.errors import ConfigurationError

COMMENT = "#"


def read_tokens(path: Path) -> Mapping[str, str]:
    """The tokens by address: lines ``HOST:PORT TOKEN``; warns if others can read the file.

    Raises:
        ConfigurationError: the file cannot be read, or has lines of another form. No line is shown.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ConfigurationError(f"token file {path}: {reason}") from None
    if is_readable_by_others(path):
        complain(f"token file is readable by others: chmod go-rw {path}")
    lines = dict(_lines(text))
    if broken := [str(number) for number, words in lines.items() if len(words) != 2]:  # noqa: PLR2004 - address, token
        where = f"line{'s' * (len(broken) > 1)} {', '.join(broken)}"
        raise ConfigurationError(f"token file {path}: {where}: not in the form HOST:PORT TOKEN")
    return {words[0]: words[1] for words in lines.values()}


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.splitlines(), 1):
        if (words := line.split()) and not line.lstrip().startswith(COMMENT):
            yield number, words
