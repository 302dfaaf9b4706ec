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
        (["run", "now"], "unexpected argument: now. See `sqsd run --help`"),
        (["status", "--bogus"], "no such option: --bogus. See `sqsd status --help`"),
        (["help", "secret", "now"], "no such command 'now'. See `sqsd secret --help`"),
        (
            ["dlq", "redrive", "--rate", "x"],
            "--rate x: expected an integer between 1 and 500. See `sqsd dlq redrive --help`",
        ),
        (
            ["dlq", "redrive", "--rate", "0"],
            "--rate 0: expected an integer between 1 and 500. See `sqsd dlq redrive --help`",
        ),
        (["dlq", "peek", "--max", "1.5"], "--max 1.5: expected an integer of at least 1. See `sqsd dlq peek --help`"),
        (["dev", "--port", "70000"], "--port 70000: expected an integer between 0 and 65535. See `sqsd dev --help`"),
        (["dlq", "redrive", "--id="], "--id: expected a value that is not empty. See `sqsd dlq redrive --help`"),
        (
            ["dlq", "dump", "-o", "f", "--attribute="],
            "--attribute: expected a value that is not empty. See `sqsd dlq dump --help`",
        ),
        (["pause", "--queue="], "--queue: expected a value that is not empty. See `sqsd pause --help`"),
        (
            ["status", "--address=a:1", "--address="],
            "--address: expected a value that is not empty. See `sqsd status --help`",
        ),
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


PLACE = "expected HOST:PORT, such as 127.0.0.1:6969"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["status", "--address", "foo"], f"--address foo: {PLACE}"),
        (
            ["tasks", "--address", "a:1", "--address", "b:x", "--address", "http://c:1"],
            f"--address b:x, http://c:1: {PLACE}",
        ),
        (["dlq", "ls", "--address", "localhost:0"], f"--address localhost:0: {PLACE}"),
        (["status", "--key", "file"], "--key: pass the certificate as well, with --cert"),
        (["pause", "--for", "x"], "--for x: expected a duration such as 60s, 1m30s or 2h"),
        (["pause", "--for", "0s"], "--for 0s: expected more than 0 s and at most 30 days (720h)"),
        (["pause", "--for", "960h"], "--for 960h: expected more than 0 s and at most 30 days (720h)"),
        (["dlq", "redrive", "--attribute", "=x"], "--attribute =x: expected NAME or NAME=VALUE"),
        (
            ["dlq", "redrive", "--cancel", "--dry-run"],
            "--cancel and --dry-run: pass one of them; a dry run cancels nothing",
        ),
        (["dlq", "ls", "--region", "x y"], "AWS_REGION=x y: not a region of AWS"),
        (["check", "--probe-timeout", "foo"], "--probe-timeout foo: the scheme is none of http, https and http+unix"),
        (
            ["check", "--probe-timeout", "ftp://user:hush@foo"],
            "--probe-timeout ftp://***@foo: the scheme is none of http, https and http+unix",
        ),
        (
            ["check", "--payload-bucket", "bodies"],
            "--payload-bucket: no queue takes bodies from S3; set MESSAGE_PAYLOAD",
        ),
    ],
)
def test_a_wrong_value_is_one_line_that_says_what_is_expected(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/1/jobs")
    monkeypatch.setenv("INVOKER_URL", "http://127.0.0.1:1/")
    assert misused(monkeypatch, capsys, *arguments) == said


def test_the_time_limit_of_a_proxy_cannot_be_probed_without_a_url(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QUEUE_URL", "memory://jobs")
    monkeypatch.setenv("INVOKER", "json:dumps")
    said = misused(monkeypatch, capsys, "check", "--probe-timeout", "http://127.0.0.1:1/slow")
    assert said == "--probe-timeout: no worker has a URL, so there is no proxy; set INVOKER_URL"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MONITORING_HOST", "a b", "MONITORING_HOST=a b: expected the name or the address of a host"),
        ("MONITORING_TOKEN", "ü", "MONITORING_TOKEN must be printable ASCII without spaces, and not empty"),
    ],
)
def test_a_wrong_variable_of_the_monitor_is_one_line(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert misused(monkeypatch, capsys, "status") == said


def test_the_help_names_no_file_that_an_installation_lacks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["sqsd", "--help"])
    with pytest.raises(SystemExit):
        run_command()
    assert "README" not in capsys.readouterr().out


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
