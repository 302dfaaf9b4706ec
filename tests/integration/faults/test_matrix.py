"""Every row of docs/faults.md has its tests: a module of its own, or those that the table in README.md names."""

import re
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
ROWS = [*range(1, 53)]

ROW = re.compile(r"^\| (\d+) \|.*\| (.*)\|$", re.MULTILINE)
DOCUMENTED = [int(row) for row, _ in ROW.findall((ROOT / "docs" / "faults.md").read_text())]
NAMED = {int(row): re.findall(r"`([\w/]+\.py)`", tests) for row, tests in ROW.findall((HERE / "README.md").read_text())}
OWN = {int(module.name.split("_")[2]) for module in HERE.glob("test_row_*.py")}
FILES = {path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("tests/**/*.py"), *ROOT.glob("benchmarks/*.py")]}


def test_the_documentation_has_every_row_once() -> None:
    assert sorted(DOCUMENTED) == ROWS


def test_the_table_has_every_row_in_order() -> None:
    assert list(NAMED) == ROWS


def test_every_row_has_a_test() -> None:
    assert [row for row in ROWS if row not in OWN and not NAMED[row]] == []


def test_every_file_that_the_table_names_exists() -> None:
    named = {name for tests in NAMED.values() for name in tests}
    assert [name for name in named if not any(f"/{file}".endswith(f"/{name}") for file in FILES)] == []


def test_every_module_of_a_row_belongs_to_one() -> None:
    assert set(ROWS) >= OWN
