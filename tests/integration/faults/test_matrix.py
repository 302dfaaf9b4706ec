"""The table in README.md accounts for every row of the fault matrix, with tests that exist."""

import re
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
ROWS = 31

TABLE = dict(re.findall(r"^\| (\d+) \|.*\| (.+) \|$", (HERE / "README.md").read_text(), re.MULTILINE))
FILES = {path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("tests/**/*.py"), *ROOT.glob("benchmarks/*.py")]}


def test_every_row_has_its_tests() -> None:
    assert [int(row) for row in TABLE] == [*range(1, ROWS + 1)]


def test_every_file_that_the_table_names_exists() -> None:
    named = {name for tests in TABLE.values() for name in re.findall(r"`([\w/]+\.py)`", tests)}
    assert [name for name in named if not any(file.endswith(name) for file in FILES)] == []


def test_the_table_names_every_module_of_a_row_in_that_row() -> None:
    for module in HERE.glob("test_row_*.py"):
        assert f"`faults/{module.name}`" in TABLE[str(int(module.name.split("_")[2]))]
