"""What other users may do with a file."""

import os
from pathlib import Path

import pytest

from sqsd_adapters.cli.values.file_mode import is_readable_by_others, is_writable_by_others


@pytest.mark.parametrize(
    ("mode", "readable", "writable"),
    [
        (0o600, False, False),
        (0o640, True, False),
        (0o604, True, False),
        (0o620, False, True),
        (0o602, False, True),
        (0o666, True, True),
    ],
)
def test_group_and_others_count(tmp_path: Path, mode: int, readable: bool, writable: bool) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(mode)
    assert (is_readable_by_others(path), is_writable_by_others(path)) == (readable, writable)


def test_a_file_that_is_gone_is_readable_by_nobody(tmp_path: Path) -> None:
    assert not is_readable_by_others(tmp_path / "gone")


def test_a_pipe_holds_nothing_for_others_to_find(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path, 0o666)
    assert not is_readable_by_others(path)
    assert not is_writable_by_others(path)
