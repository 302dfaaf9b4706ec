"""The file that keeps the signing secret and the page's token."""

import stat
from itertools import count
from pathlib import Path

import pytest

from sqsd_adapters.dev.keepsake import keepsake_in, state_folder

_numbers = count()


def new_secret() -> str:
    return f"whsec_{next(_numbers)}"


async def test_the_secret_stays_the_same_and_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "sqsd"
    kept = keepsake_in(folder, new_secret=new_secret)
    assert keepsake_in(folder, new_secret=new_secret) == kept
    assert stat.S_IMODE((folder / "dev.json").stat().st_mode) == 0o600
    assert kept.signing_secret not in repr(kept)
    assert kept.token not in repr(kept)


async def test_a_folder_that_cannot_be_made_costs_only_the_memory(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    folder = tmp_path / "state" / "sqsd"
    assert keepsake_in(folder, new_secret=new_secret) != keepsake_in(folder, new_secret=new_secret)


async def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "dev.json").write_text("{}")
    assert keepsake_in(tmp_path, new_secret=new_secret).signing_secret.startswith("whsec_")
    assert (tmp_path / "dev.json").read_text() == "{}"


async def test_the_folder_is_that_of_the_users_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert state_folder() == Path("/state/sqsd")
    monkeypatch.delenv("XDG_STATE_HOME")
    assert state_folder() == Path.home() / ".local/state/sqsd"
