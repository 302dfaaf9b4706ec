"""Fuzzes what a person writes: durations, statuses, headers, and the env file.

Run it with ``python -m tests.fuzz.run settings`` (see run.py).
"""

import math
import os
import re
from pathlib import Path
from tempfile import gettempdir

from sqsd_adapters.cli.settings.env_file import read_env_file
from sqsd_adapters.cli.values.durations import format_duration, parse_duration
from sqsd_adapters.cli.values.headers import parse_headers
from sqsd_adapters.cli.values.statuses import STATUSES, parse_statuses
from sqsd_adapters.errors import ConfigurationError

SEEDS = (
    b"\x001m30s",
    b"\x001.5h",
    b"\x00500ms",
    b"\x00.5",
    b"\x01200-299,404",
    b"\x02Authorization: Bearer x\nX-One: two",
    b'\x02{"X-One": "two"}',
    b"\x03# comment\nexport A=1\nB='two words'\nC=\"${A}\\n\"\n\nD=",
)
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
ENV_FILE = Path(gettempdir()) / f"sqsd-fuzz-{os.getpid()}.env"


def check(data: bytes) -> None:
    """Raise where a property does not hold."""
    text = data[1:].decode("utf-8", "replace")
    try:
        match data[0] % 4 if data else 0:
            case 0:
                check_duration(text)
            case 1:
                assert parse_statuses(text) <= set(STATUSES)
            case 2:
                check_headers(text)
            case _:
                check_env_file(data[1:])
    except (ValueError, ConfigurationError):
        pass


def check_duration(text: str) -> None:
    seconds = parse_duration(text)
    assert seconds >= 0.0
    assert math.isfinite(seconds), "an endless duration"
    assert math.isclose(parse_duration(format_duration(seconds)), seconds, rel_tol=1e-12, abs_tol=1e-9)


def check_headers(text: str) -> None:
    for name, value in parse_headers(text):
        assert TOKEN.fullmatch(name)
        assert value.isascii()
        assert not set("\r\n\0") & set(value)


def check_env_file(content: bytes) -> None:
    ENV_FILE.write_bytes(content)
    try:
        for name, value in read_env_file(ENV_FILE).items():
            os.environ["SQSD_FUZZ"] = value
            assert name
            assert "=" not in name
            assert "\0" not in name
    finally:
        ENV_FILE.unlink()
