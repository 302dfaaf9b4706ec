"""The file that has a token for each daemon."""

from pathlib import Path

import pytest

from sqsd_adapters.cli.monitors.token_file import read_tokens
from sqsd_adapters.errors import ConfigurationError


def written(folder: Path, text: str, *, mode: int = 0o600) -> Path:
    path = folder / "tokens"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_each_line_is_an_address_and_its_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "# production\nhost-1:6969 s3cret\n\n  [::1]:6969\tother\n")
    assert read_tokens(path) == {"host-1:6969": "s3cret", "[::1]:6969": "other"}
    assert capsys.readouterr().err == ""


def test_a_line_of_another_form_is_named_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="lines 1, 3: not in the form HOST:PORT TOKEN") as caught:
        read_tokens(written(tmp_path, "s3cret\nhost:1 fine\nhost:2 s3cret s3cret\n"))
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nowhere: No such file"):
        read_tokens(tmp_path / "nowhere")


def test_a_file_that_others_can_read_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "host:1 token", mode=0o644)
    assert read_tokens(path) == {"host:1": "token"}
    assert f"readable by others: chmod go-rw {path}" in capsys.readouterr().err
