"""Each command is in the table of docs/commands.md."""

from pathlib import Path

import pytest
import typer

from sqsd_adapters.cli.command import app

PAGE = Path(__file__).parents[4] / "docs" / "commands.md"
#: the daemon itself, and the help
ELSEWHERE = {"run", "help"}
COMMANDS = sorted({*typer.main.get_command(app).commands} - ELSEWHERE)  # type: ignore[attr-defined] # typer's own group


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_answers_a_question(command: str) -> None:
    assert any(f"`sqsd {command}" in line for line in PAGE.read_text().splitlines() if line.startswith("| "))
