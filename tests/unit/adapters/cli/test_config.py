"""``sqsd config``: what is wrong, what each value is and where it comes from; what it prints can be read again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from sqsd_adapters.cli.config import EnvFiles, effective, print_settings, print_table, quoted
from sqsd_adapters.cli.settings.env_file import read_env_file
from sqsd_adapters.cli.settings.settings import Environment, Settings
from sqsd_adapters.errors import ConfigurationError

Print = Callable[..., tuple[str, str]]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Print:
    """Print the settings of an environment; returns what stdout and stderr got."""

    def print_them(env_files: EnvFiles | None = None, **environ: str) -> tuple[str, str]:
        for name, value in {"QUEUE_URL": "memory://jobs", "INVOKER": "os.path:basename", **environ}.items():
            monkeypatch.setenv(name, value)
        print_settings(env_files=env_files or {})
        return capsys.readouterr()

    return print_them


def test_every_variable_is_printed_secrets_masked(printed: Print) -> None:
    worker = {"INVOKER": "", "INVOKER_URL": "http://user:hush@worker/?token=hush"}
    out, _ = printed(**worker, MONITORING_TOKEN="hush")
    *settings, last = out.splitlines()
    assert [line.partition("=")[0] for line in settings] == list(Settings.model_fields)
    assert "INVOKER_URL=http://***@worker/?***  # environment" in settings
    assert "MONITORING_TOKEN=***  # environment" in settings
    assert "hush" not in out
    assert last.startswith("# OK")


def test_each_value_names_its_origin(printed: Print, tmp_path: Path) -> None:
    file = tmp_path / "env"
    out, _ = printed({file: ["LOG_LEVEL"]}, LOG_LEVEL="error", LOG_FORMAT="json")
    assert f"LOG_LEVEL=error  # file {file}\n" in out
    assert "LOG_FORMAT=json  # environment\n" in out
    assert "INVOKER_TIMEOUT=1m  # default\n" in out
    assert "INVOKER_URL=''  # not set\n" in out


def test_a_default_that_follows_from_another_value_is_printed(printed: Print) -> None:
    queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"
    out, _ = printed(
        QUEUE_URL=queue, INVOKER_TIMEOUT="2m", REDIS_LOCKER_HOST="localhost:6379", MONITORING_HOST="0.0.0.0"
    )
    for line in (
        "AWS_REGION=eu-west-1",
        "DRAIN_TIMEOUT=2m",
        "LOCKER=redis",
        "REDIS_LOCKER_DBNAME=0",
        "REDIS_LOCKER_KEYNAME=sqsd",
        "MONITORING_RECEIPTS=false",
        "LOG_FORMAT=json",
    ):
        assert f"{line}  # default\n" in out


def test_what_is_printed_configures_the_same(printed: Print, tmp_path: Path) -> None:
    out, _ = printed(
        QUEUE_URL="memory://jobs.fifo",
        INVOKER_CONTENT_TYPE="text/plain; charset='utf-8' # not a comment",
        VISIBILITY_TIMEOUT="90",
    )
    file = tmp_path / "printed"
    file.write_text(out, encoding="utf-8")
    read: dict[str, Any] = {name: value for name, value in read_env_file(file).items() if value}
    assert effective(Environment(**read)) == effective(Environment())


def test_what_the_monitor_would_warn_of_at_start_is_a_warning_that_says_what_to_do(printed: Print) -> None:
    out, err = printed(MONITORING_HOST="0.0.0.0", MONITORING_TOKEN="hush")
    event = "monitor is reachable from the network without both TLS and authentication"
    fix = "set MONITORING_TLS_CERT and MONITORING_TLS_KEY; or set MONITORING_HOST=127.0.0.1"
    assert err == f"sqsd: warning: MONITORING_HOST=0.0.0.0: the {event}; {fix}\n"
    assert out.splitlines()[-1] == "# OK, warnings: 1"


def test_warnings_go_to_stderr_and_are_counted(printed: Print) -> None:
    out, err = printed(INVOKER_TIMEOUTS="1s")
    assert err == "sqsd: warning: unknown variable INVOKER_TIMEOUTS: did you mean INVOKER_TIMEOUT?\n"
    assert out.splitlines()[-1] == "# OK, warnings: 1"


def test_every_problem_beyond_the_values_is_named(printed: Print, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.touch()
    with pytest.raises(ConfigurationError) as caught:
        printed(
            QUEUE_URL="http://127.0.0.1:1/1/jobs",
            AWS_CONFIG_FILE="/nowhere",
            INVOKER="nowhere:job",
            INVOKER_HEALTHCHECK_URL="https://worker/",
            INVOKER_CA_FILE=str(file),
            MONITORING_TLS_CERT=str(file),
            MONITORING_TLS_KEY=str(file),
        )
    first, *problems = str(caught.value).splitlines()
    assert first == "the configuration has 4 problems:"
    named = [problem.split()[0].rstrip(":,") for problem in problems]
    assert named == ["AWS_REGION", "INVOKER=nowhere:job", "INVOKER_CA_FILE", "MONITORING_TLS_CERT"]


@pytest.mark.parametrize(("invoker", "reason"), [("os:nowhere", "has no 'nowhere'"), ("os:name", "callable")])
def test_an_invoker_that_cannot_be_called_is_a_problem(printed: Print, invoker: str, reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        printed(INVOKER=invoker)


def test_a_profile_that_the_sdk_does_not_know_is_a_problem(printed: Print) -> None:
    with pytest.raises(ConfigurationError, match="AWS_PROFILE"):
        printed(QUEUE_URL="http://127.0.0.1:1/1/jobs", AWS_CONFIG_FILE="/nowhere", AWS_PROFILE="nobody")


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
