"""The settings that the documentation shows are ones that sqsd accepts."""

import re
from pathlib import Path
from typing import Any

import pytest

from sqsd_adapters.cli.configuration.config_file import read_config_file
from sqsd_adapters.cli.settings.env_file import export_env_file
from sqsd_adapters.cli.settings.settings import Environment
from sqsd_adapters.cli.values.durations import parse_duration
from sqsd_adapters.cron.file import read_cron_file

ROOT = Path(__file__).parents[5]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(language: str, mark: str) -> list[Any]:
    """The blocks of this language that contain the mark, as parameters of a test."""
    return [
        pytest.param(text, id=f"{page.stem}-{number}")
        for page in PAGES
        for number, (found, text) in enumerate(BLOCK.findall(page.read_text()))
        if found == language and mark in text
    ]


@pytest.mark.parametrize("text", blocks("toml", "[queue."))
def test_a_configuration_file_is_read(text: str, tmp_path: Path) -> None:
    file = tmp_path / "sqsd.toml"
    file.write_text(text)
    assert read_config_file(file).queues


@pytest.mark.parametrize("text", blocks("sh", "QUEUE_URL="))
def test_an_env_file_is_read(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sqsd.env"
    file.write_text(text)
    for name in re.findall(r"^(\w+)=", text, re.MULTILINE):
        monkeypatch.setenv(name, "")  # so that what the file exports is undone
        monkeypatch.delenv(name)
    export_env_file(file)
    assert Environment().QUEUE_URL


@pytest.mark.parametrize("text", blocks("yaml", "cron:"))
def test_a_file_of_periodic_tasks_is_read(text: str, tmp_path: Path) -> None:
    file = tmp_path / "cron.yaml"
    file.write_text(text)
    assert read_cron_file(file, read_duration=parse_duration)
