"""``sqsd config``: what it prints can be read again."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sqsd_adapters.cli.config import print_settings, print_table, quoted
from sqsd_adapters.cli.env_file import read_env_file
from sqsd_adapters.cli.settings import Settings


def test_every_variable_is_printed_secrets_masked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QUEUE_URL", "memory://jobs")
    monkeypatch.setenv("INVOKER_URL", "http://user:hush@worker/?token=hush")
    monkeypatch.setenv("MONITORING_TOKEN", "hush")
    print_settings()
    printed = capsys.readouterr().out
    assert [line.partition("=")[0] for line in printed.splitlines()] == list(Settings.model_fields)
    assert "INVOKER_URL=http://***@worker/?***\n" in printed
    assert "MONITORING_TOKEN=***\n" in printed
    assert "hush" not in printed


def test_what_is_printed_configures_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("QUEUE_URL", "memory://jobs.fifo")
    monkeypatch.setenv("INVOKER", "jobs:run")
    monkeypatch.setenv("INVOKER_CONTENT_TYPE", "text/plain; charset='utf-8' # not a comment")
    monkeypatch.setenv("VISIBILITY_TIMEOUT", "90")
    print_settings()
    file = tmp_path / "printed"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    printed: dict[str, Any] = {name: value for name, value in read_env_file(file).items() if value}
    assert Settings(**printed).shown() == Settings().shown()


def test_advice_goes_to_stderr(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("QUEUE_URL", "memory://jobs")
    monkeypatch.setenv("INVOKER", "jobs:run")
    monkeypatch.setenv("INVOKER_TIMEOUTS", "1s")
    print_settings()
    assert "INVOKER_TIMEOUTS" in capsys.readouterr().err


def test_the_table_is_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    print_table()
    assert capsys.readouterr().out.startswith("| variable | default | meaning |\n|---|---|---|\n| `QUEUE_URL` |")


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])).filter(lambda text: "${" not in text)
)
def test_an_env_file_gives_a_quoted_value_back(tmp_path: Path, value: str) -> None:
    file = tmp_path / "file"
    file.write_text(f"A={quoted(value)}\n", encoding="utf-8")
    assert read_env_file(file)["A"] == value
