"""A command line that sqsd does not understand: exit code 2 and one line that names what was probably meant."""

import sys

import pytest

from sqsd_adapters.cli.command import run_command


def misused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    monkeypatch.setattr(sys, "argv", ["sqsd", *arguments])
    with pytest.raises(SystemExit) as exit_:
        run_command()
    assert exit_.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("sqsd: ")
    assert err.count("\n") == 1
    return err.removeprefix("sqsd: ").rstrip("\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--verison"], "no such option: --verison; did you mean --version? See `sqsd --help`"),
        (["statsu"], "no such command 'statsu'; did you mean 'status'? See `sqsd --help`"),
        (["xyzzy"], "no such command 'xyzzy'. See `sqsd --help`"),
        (["run", "--nonsense"], "no such option: --nonsense. See `sqsd run --help`"),
        (["-x"], "no such option: -x. See `sqsd --help`"),
        (["run", "now"], "got unexpected extra argument(s) (now). See `sqsd run --help`"),
        (["dlq", "peel"], "no such command 'peel'; did you mean 'peek'? See `sqsd dlq --help`"),
        (["dlq", "ls", "--quue", "a"], "no such option: --quue; did you mean --queue? See `sqsd dlq ls --help`"),
        (["help", "statsu"], "no such command 'statsu'; did you mean 'status'? See `sqsd --help`"),
        (["help", "dlq", "nonsense"], "no such command 'nonsense'. See `sqsd dlq --help`"),
        (["cron", "export"], "missing option '--role-arn'. See `sqsd cron export --help`"),
        (["-e"], "option '-e' requires an argument. See `sqsd --help`"),
    ],
)
def test_misuse_is_one_line(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert misused(monkeypatch, capsys, *arguments) == said


def test_what_was_typed_moves_no_cursor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert "\x1b" not in misused(monkeypatch, capsys, "--\x1b[2J")
    assert "\x1b" not in misused(monkeypatch, capsys, "\x1b[2J")


def test_a_group_without_a_command_shows_its_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["sqsd", "dlq"])
    with pytest.raises(SystemExit):
        run_command()
    out, err = capsys.readouterr()
    assert "Usage: sqsd dlq" in out
    assert "sqsd: " not in err
