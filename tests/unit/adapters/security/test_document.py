"""SECURITY.md names files and tests that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
ROWS = re.findall(r"^\|(.+)\|(.+)\|(.+)\|$", (ROOT / "SECURITY.md").read_text(), re.MULTILINE)[2:]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip()[:40])
def test_each_promise_is_kept_somewhere_and_proved_by_a_test(row: tuple[str, str, str]) -> None:
    _, kept, proofs = row
    tests = re.findall(r"`(.+?)`", proofs)
    assert tests
    assert all((ROOT / "tests" / test).is_file() for test in tests)
    for place in re.findall(r"`(.+?)`", kept):
        assert (ROOT / "src/sqsd_adapters" / place).exists() or (ROOT / place).exists()


def test_there_is_a_table() -> None:
    assert len(ROWS) > 10
