"""The guides in docs/migrate name variables that exist."""

import re
from pathlib import Path

import pytest

from sqsd_adapters.cli.settings.former_names import FORMER
from sqsd_adapters.cli.settings.settings import Settings

GUIDES = Path(__file__).parents[4] / "docs" / "migrate"
ROW = re.compile(r"^\| (.+) \|$", re.MULTILINE)
VARIABLE = re.compile(r"\b[A-Z]{2,}(?:_[A-Z]+)+\b")


@pytest.mark.parametrize("guide", sorted(GUIDES.glob("*.md")), ids=lambda guide: guide.stem)
def test_the_last_column_of_each_table_names_only_variables_of_ours(guide: Path) -> None:
    named = {name for row in ROW.findall(guide.read_text()) for name in VARIABLE.findall(row.split(" | ")[-1])}
    assert named
    assert named <= set(Settings.model_fields)


def test_each_former_name_that_the_command_knows_is_in_a_guide() -> None:
    text = "".join(guide.read_text() for guide in GUIDES.glob("*.md"))
    assert all(f"`{name}`" in text for name in FORMER)
