"""Reads an env file into the process environment, which wins over the file."""

import io
import os
from collections.abc import Collection, Mapping, MutableMapping
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Original, parse_stream

from sqsd_adapters.errors import ConfigurationError


def export_env_file(path: Path, environ: MutableMapping[str, str] = os.environ) -> Collection[str]:
    """Add the file's variables to ``environ``, so that botocore finds its keys there as well; returns their names.

    A variable that ``environ`` has already stays. An empty one counts as unset, in the file's place as well.

    Raises:
        ConfigurationError: the file cannot be read, or a line of it is no assignment.
    """
    added = {name: value for name, value in read_env_file(path).items() if name not in environ}
    environ.update(added)
    return added


def read_env_file(path: Path) -> Mapping[str, str]:
    """Parse comments, quotes, ``export`` and ``${OTHER}``; raises ``ConfigurationError``."""
    try:
        # read once: the file may be a pipe, as in `sqsd -e <(decrypt secrets)`
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ConfigurationError(f"env file {path}: {reason}") from None
    if "\0" in text:
        raise ConfigurationError(f"env file {path}: not text")
    _refuse_broken_lines(path, text)
    values = dotenv_values(stream=io.StringIO(text))
    return {name: value for name, value in values.items() if value is not None}


def _refuse_broken_lines(path: Path, text: str) -> None:
    # the line itself may hold a secret, so only its number is shown
    broken = [
        str(_line_number(binding.original))
        for binding in parse_stream(io.StringIO(text))
        if binding.error or (binding.key is not None and binding.value is None)
    ]
    if broken:
        lines = f"line{'s' * (len(broken) > 1)} {', '.join(broken)}"
        raise ConfigurationError(f"env file {path}: {lines}: not in the form NAME=value")


def _line_number(original: Original) -> int:
    # the parser counts the blank lines before an assignment as part of it
    blank = len(original.string) - len(original.string.lstrip("\n"))
    return original.line + blank
