"""PROCESSES=auto: the cores of the affinity, and the quotas of control groups."""

import os
from pathlib import Path

import pytest

from sqsd_adapters.cli.processes.cores import usable_cores


@pytest.fixture(autouse=True)
def _four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)


@pytest.mark.parametrize(
    ("own", "above", "cores"),
    [
        ("max 100000", "max 100000", 4),
        ("200000 100000", "max 100000", 2),
        ("max 100000", "300000 100000", 3),
        ("150000 100000", "max 100000", 1),
        ("50000 100000", "max 100000", 1),
        ("900000 100000", "max 100000", 4),
        ("garbage", "", 4),
    ],
)
def test_the_lowest_quota_counts_in_whole_cores(tmp_path: Path, own: str, above: str, cores: int) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "cpu.max").write_text(own)
    (tmp_path / "a" / "cpu.max").write_text(above)
    (tmp_path / "own").write_text("0::/a/b\n")
    assert usable_cores(cgroups=tmp_path, own=tmp_path / "own") == cores


def test_without_control_groups_the_affinity_counts(tmp_path: Path) -> None:
    assert usable_cores(cgroups=tmp_path, own=tmp_path / "none") == 4
