"""Reading an env file into an environment."""

import os
import threading
from pathlib import Path

import pytest

from sqsd_adapters.cli.settings.env_file import export_env_file
from sqsd_adapters.errors import ConfigurationError


def env_file(directory: Path, text: str) -> Path:
    path = directory / ".env"
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path, **environ: str) -> dict[str, str]:
    export_env_file(path, environ)
    return environ


def test_comments_quotes_and_export_are_understood(tmp_path: Path) -> None:
    text = '# a comment\nA=1 # another\n\nexport B="two words"\nC=\'it # stays\'\nD="a\\nb"\n'
    assert read(env_file(tmp_path, text)) == {"A": "1", "B": "two words", "C": "it # stays", "D": "a\nb"}


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    assert read(env_file(tmp_path, "A=file\nB=file\n"), A="process") == {"A": "process", "B": "file"}


def test_an_empty_variable_of_the_environment_unsets_that_of_the_file(tmp_path: Path) -> None:
    assert read(env_file(tmp_path, "A=file\n"), A="") == {"A": ""}


def test_the_variables_that_the_file_set_are_returned(tmp_path: Path) -> None:
    path = env_file(tmp_path, "A=file\nB=file\n")
    assert set(export_env_file(path, {"A": "process"})) == {"B"}


def test_one_variable_may_refer_to_another(tmp_path: Path) -> None:
    assert read(env_file(tmp_path, "A=eu-west-1\nB=sqs.${A}.example\n"))["B"] == "sqs.eu-west-1.example"


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert read(env_file(tmp_path, "\ufeffA=1\n")) == {"A": "1"}


def test_broken_lines_are_named_by_their_numbers_and_not_shown(tmp_path: Path) -> None:
    path = env_file(tmp_path, "A=1\n\nthis is hush\nB\nC='hush\n")
    with pytest.raises(ConfigurationError) as caught:
        read(path)
    assert "lines 3, 4, 5" in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"env file .*(No such file|Is a directory)"):
        read(tmp_path / name)


@pytest.mark.parametrize("content", [b"A=\xff\n", b"A=a\x00b\n"])
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / ".env"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"not (UTF-8 )?text"):
        read(path)


def test_a_pipe_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=["A=1\n"])
    writer.start()
    assert read(path) == {"A": "1"}
    writer.join()
