"""The table of variables, and the README's copy of it."""

import re
from pathlib import Path

from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.settings.table import markdown, rows

README = Path(__file__).parents[5] / "README.md"
ROW = re.compile(r"^\| `[A-Z_]+` \|.*\|$", re.MULTILINE)


def test_every_variable_has_a_row_with_a_meaning() -> None:
    assert [row.name for row in rows()] == list(Settings.model_fields)
    assert all(row.meaning for row in rows())


def test_defaults_read_as_they_are_written() -> None:
    defaults = {row.name: row.default for row in rows()}
    assert defaults["QUEUE_URL"] == "required"
    assert defaults["LOCK_EXPIRE"] == "`24h`"
    assert defaults["DRAIN_TIMEOUT"] == "`INVOKER_TIMEOUT`"
    assert defaults["LOCKER_REQUIRED"] == "`false`"
    assert not defaults["INVOKER"]


def test_the_readme_has_the_same_table() -> None:
    copied = ROW.findall(README.read_text(encoding="utf-8"))
    assert copied == ROW.findall(markdown())
