"""The configuration: every variable, every rule, every problem at once, no secret shown."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.cli.settings.settings import Environment, Settings
from sqsd_adapters.errors import ConfigurationError

QUEUE = "memory://jobs"


def settings(**variables: Any) -> Settings:
    return Settings(**{"QUEUE_URL": QUEUE, **variables})


def problems(**variables: Any) -> list[str]:
    """The lines of the complaint, without its heading."""
    with pytest.raises(ConfigurationError) as caught:
        settings(**variables)
    return [line.strip() for line in str(caught.value).splitlines()[1:]]


def test_the_defaults_are_those_of_the_contract() -> None:
    shown = {name: value for name, value in settings().shown().items() if value}
    assert shown == {
        "QUEUE_URL": QUEUE,
        "INVOKER_TIMEOUT": "1m",
        "INVOKER_CONNECT_TIMEOUT": "5s",
        "INVOKER_CONNECTION_MAX_AGE": "5m",
        "INVOKER_PARALLEL_COUNT": "1",
        "INVOKER_BATCH_SIZE": "1",
        "INVOKER_BATCH_WINDOW": "0s",
        "INVOKER_ADAPTIVE": "false",
        "INVOKER_SUCCESS_STATUSES": "200-299",
        "INVOKER_CONTENT_TYPE": "application/json",
        "INVOKER_CLIENT": "http11",
        "FETCHER_PARALLEL_COUNT": "1",
        "FETCHER_MAX_MESSAGES": "10",
        "FETCHER_WAIT_TIME": "20s",
        "FETCHER_INTERVAL": "0s",
        "VISIBILITY_TIMEOUT": "1m",
        "ERROR_VISIBILITY_TIMEOUT": "2s",
        "ERROR_VISIBILITY_TIMEOUT_MAX": "15m",
        "DRAIN_TIMEOUT": "1m",
        "LOCK_EXPIRE": "24h",
        "UNLOCK_INTERVAL": "1m",
        "DYNAMODB_LOCKER_CREATE": "false",
        "LOCKER": "memory",
        "LOCKER_REQUIRED": "false",
        "BREAKER_FAILURES": "5",
        "BREAKER_COOLDOWN": "1s",
        "BREAKER_COOLDOWN_MAX": "30s",
        "MONITORING_PORT": "6969",
        "MONITORING_HOST": "127.0.0.1",
        "MONITORING_RECEIPTS": "true",
        "PROBE_PORT": "-1",
        "PROBE_HOST": "127.0.0.1",
        "HISTORY_SIZE": "10000",
        "OPENTELEMETRY": "auto",
        "OPENTELEMETRY_CONTEXT": "link",
        "ECS_TASK_PROTECTION": "auto",
        "MESSAGE_ENVELOPE": "none",
        "MESSAGE_PAYLOAD": "none",
        "MESSAGE_PAYLOAD_MAX": "67108864",
        "QUEUE_ENSURE": "off",
        "PROCESSES": "1",
        "SQS_CLIENT": "short",
        "LOG_LEVEL": "info",
        "LOG_ANSWERS": "0",
    }


def test_variables_of_the_environment_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUEUE_URL", QUEUE)
    monkeypatch.setenv("INVOKER_TIMEOUT", "1m30s")
    monkeypatch.setenv("INVOKER_PARALLEL_COUNT", "64")
    monkeypatch.setenv("LOCKER_REQUIRED", "true")
    read = Settings()
    assert (read.INVOKER_TIMEOUT, read.INVOKER_PARALLEL_COUNT, read.LOCKER_REQUIRED) == (90.0, 64, True)


def test_a_keyword_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOKER_TIMEOUT", "10s")
    assert settings(INVOKER_TIMEOUT=30).INVOKER_TIMEOUT == 30.0


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("QUEUE_URL", QUEUE)
    assert Settings() == settings()


def test_a_name_in_lower_case_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("invoker_timeout", "10s")
    assert settings().INVOKER_TIMEOUT == 60.0


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs.fifo", None),
        ("INVOKER_URL", "http://localhost:5000/", None),
        ("INVOKER_URL", "http+unix://%2Frun%2Fworker.sock/jobs", None),
        ("INVOKER", "package.module:Class.method", None),
        ("INVOKER_SUCCESS_STATUSES", "200-299,404", None),
        ("INVOKER_CLIENT", "httpx", None),
        ("FETCHER_WAIT_TIME", "0", 0.0),
        ("FETCHER_WAIT_TIME", "20s", 20.0),
        ("VISIBILITY_TIMEOUT", "12h", 43_200.0),
        ("VISIBILITY_TIMEOUT", "1s", 1.0),
        ("DRAIN_TIMEOUT", "0s", 0.0),
        ("LOCKER", "NONE", "none"),
        ("LOG_LEVEL", " Debug ", "debug"),
        ("MESSAGE_ENVELOPE", "SNS", "sns"),
        ("MESSAGE_PAYLOAD", " S3, Delete ", "s3,delete"),
        ("LOG_FORMAT", "json", None),
        ("SQS_CLIENT", "aiobotocore", None),
        ("MONITORING_PORT", "-1", -1),
        ("PROBE_PORT", "8080", 8080),
        ("AWS_REGION", "eu-west-1", None),
        ("SQS_ENDPOINT_URL", "http://localhost:9324", None),
    ],
)
def test_what_the_contract_allows_is_accepted(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str, value: object
) -> None:
    monkeypatch.setenv("QUEUE_URL", QUEUE)
    monkeypatch.setenv(name, given)
    assert getattr(Settings(), name) == (given if value is None else value)


@pytest.mark.parametrize(
    ("name", "given", "complaint"),
    [
        ("QUEUE_URL", "jobs", "expected https://sqs."),
        ("INVOKER_URL", "localhost:5000", "the scheme is none of http"),
        ("INVOKER_URL", "file:///etc/passwd", "the scheme is none of http"),
        ("INVOKER", "module.attribute", "expected package.module:attribute"),
        ("INVOKER", "os:system; rm", "expected package.module:attribute"),
        (
            "INVOKER_TIMEOUT",
            "60x",
            "a duration such as 60s, 1m30s, 500ms, or a number of seconds, greater than 0s and at most 12h",
        ),
        ("INVOKER_TIMEOUT", "0", "greater than 0s"),
        ("INVOKER_TIMEOUT", "-1", "greater than 0s"),
        ("INVOKER_TIMEOUT", "nan", "a duration"),
        ("INVOKER_CONNECT_TIMEOUT", "0s", "greater than 0s"),
        ("INVOKER_PARALLEL_COUNT", "0", "an integer between 1 and 10,000"),
        ("INVOKER_PARALLEL_COUNT", "many", "an integer"),
        ("INVOKER_PARALLEL_COUNT", "1.5", "an integer"),
        ("INVOKER_SUCCESS_STATUSES", "2xx", "statuses and ranges"),
        ("INVOKER_CONTENT_TYPE", "text/plain\r\nX: y", "a header value"),
        ("INVOKER_CA_FILE", "/nowhere/ca.pem", "No such file"),
        ("INVOKER_CLIENT", "curl", "expected http11 or httpx"),
        ("INVOKER_HEALTHCHECK_URL", "ftp://worker", "the scheme is none of http"),
        ("FETCHER_PARALLEL_COUNT", "0", "between 1 and 1,000"),
        ("FETCHER_MAX_MESSAGES", "11", "between 1 and 10"),
        ("FETCHER_MAX_MESSAGES", "0", "between 1 and 10"),
        ("FETCHER_WAIT_TIME", "21s", "between 0s and 20s"),
        ("FETCHER_INTERVAL", "-5s", "a duration"),
        ("VISIBILITY_TIMEOUT", "500ms", "between 1s and 12h"),
        ("VISIBILITY_TIMEOUT", "13h", "between 1s and 12h"),
        ("ERROR_VISIBILITY_TIMEOUT", "13h", "between 0s and 12h"),
        ("LOCK_EXPIRE", "0s", "greater than 0s"),
        ("UNLOCK_INTERVAL", "0s", "greater than 0s"),
        ("LOCKER", "zookeeper", "or the name of an installed lock store"),
        ("LOCKER_REQUIRED", "maybe", "expected true or false"),
        ("INVOKER_RATE", "50", "not a rate; expected starts per s, m or h, such as 50/s or 3000/m,burst=100"),
        ("INVOKER_RATE", "0/s", "a number is not between 1 and 1,000,000; expected starts per s"),
        ("INVOKER_RATE", "-1/s", "not a rate; expected starts per s"),
        ("INVOKER_RATE", "50/d", "not a rate; expected starts per s"),
        ("INVOKER_RATE", "50/s,burst=0", "a number is not between 1 and 1,000,000; expected starts per s"),
        ("INVOKER_RATE", "50/s,bust=3", "not a rate; expected starts per s"),
        ("INVOKER_RATE", f"{'9' * 50}/s", "not a rate; expected starts per s"),
        ("INVOKER_ADAPTIVE", "maybe", "expected true or false"),
        ("REDIS_LOCKER_HOST", "localhost", "host:port"),
        ("SQLITE_LOCKER_PATH", "/", "a file in a directory that exists"),
        ("SQLITE_LOCKER_PATH", "/nowhere/locks.sqlite", "a file in a directory that exists"),
        ("DYNAMODB_LOCKER_TABLE", "my locks", "letters, digits"),
        ("DYNAMODB_LOCKER_TABLE", "ab", "3 to 255"),
        ("DYNAMODB_LOCKER_CREATE", "maybe", "expected true or false"),
        ("BREAKER_FAILURES", "0", "an integer between 1 and"),
        ("BREAKER_COOLDOWN", "0s", "greater than 0s"),
        ("MONITORING_PORT", "65536", "between -1 and 65,535"),
        ("MONITORING_PORT", "-2", "between -1 and 65,535"),
        ("MONITORING_HOST", "a b", "visible ASCII without spaces"),
        ("MESSAGE_ENVELOPE", "foo", "expected none or sns"),
        ("MESSAGE_PAYLOAD", "s4", "expected none, s3 or s3,delete"),
        ("MESSAGE_PAYLOAD", "s3,purge", "expected none, s3 or s3,delete"),
        ("MESSAGE_PAYLOAD", "delete,s3", "expected none, s3 or s3,delete"),
        ("MESSAGE_PAYLOAD_MAX", "0", "expected an integer between 1 and 2,147,483,648"),
        ("MESSAGE_PAYLOAD_MAX", "64MiB", "expected an integer between 1 and 2,147,483,648"),
        ("SQS_CLIENT", "boto3", "expected short or aiobotocore"),
        ("SQS_ENDPOINT_URL", "localhost:9324", "expected the scheme http or https"),
        ("AWS_REGION", "eu west", "visible ASCII without spaces"),
        ("LOG_LEVEL", "loud", "debug, info, warning, error or critical"),
        ("LOG_FORMAT", "xml", "expected text or json"),
    ],
)
def test_a_refused_value_is_shown_with_what_is_accepted(name: str, given: str, complaint: str) -> None:
    (problem,) = problems(**{name: given})
    assert problem.startswith(f"{name}={given!r}" if not given.isprintable() else f"{name}={given}: ")
    assert complaint in problem


def test_every_problem_is_named_at_once() -> None:
    named = problems(
        QUEUE_URL="jobs",
        INVOKER_TIMEOUT="60x",
        INVOKER_HEADERS="hush",
        FETCHER_WAIT_TIME="25s",
        ERROR_VISIBILITY_TIMEOUT="30m",
        LOCKER="redis",
        MONITORING_PORT="70000",
        CRON_FILE="cron.yaml",
        LOG_LEVEL="loud",
    )
    assert [line.split(":")[0].split("=")[0].split(" ")[0] for line in named] == [
        "QUEUE_URL",
        "INVOKER_TIMEOUT",
        "INVOKER_HEADERS",
        "FETCHER_WAIT_TIME",
        "ERROR_VISIBILITY_TIMEOUT_MAX",
        "LOCKER",
        "MONITORING_PORT",
        "CRON_FILE",
        "LOG_LEVEL",
    ]


def test_the_queue_is_required() -> None:
    with pytest.raises(ConfigurationError, match="QUEUE_URL: not set; expected https"):
        Settings()


def test_a_problem_names_the_misspelt_variable_that_may_be_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUEUE_URI", QUEUE)
    with pytest.raises(ConfigurationError) as caught:
        Settings()
    heading, missing, hint = str(caught.value).splitlines()
    assert heading == "the configuration has one problem:"
    assert missing.startswith("  QUEUE_URL: not set")
    assert hint == "  unknown variable QUEUE_URI: did you mean QUEUE_URL?"


def test_a_misspelt_keyword_is_refused_with_the_right_one() -> None:
    assert problems(INVOKER_TIMEOUTS=1) == ["INVOKER_TIMEOUTS: no such setting; did you mean INVOKER_TIMEOUT?"]
    assert problems(colour="red") == ["colour: no such setting"]


class TestRulesBetweenVariables:
    @pytest.mark.parametrize(
        ("variables", "complaint"),
        [
            (
                {"INVOKER_URL": "http://worker", "INVOKER": "jobs:run"},
                "INVOKER=jobs:run: INVOKER_URL is also set; remove one of them",
            ),
            (
                {"INVOKER_URL": "http://user:hush@worker/", "INVOKER_HEADERS": "authorization: hush"},
                "INVOKER_HEADERS (secret): INVOKER_URL contains a user, which sets Authorization; remove one of them",
            ),
            (
                {"INVOKER_IDLE_TIMEOUT": "2m"},
                "INVOKER_IDLE_TIMEOUT=2m: expected at most the value of INVOKER_TIMEOUT, 1m",
            ),
            (
                {"ERROR_VISIBILITY_TIMEOUT": "30m"},
                "ERROR_VISIBILITY_TIMEOUT_MAX: is 15m, expected at least the value of ERROR_VISIBILITY_TIMEOUT, 30m",
            ),
            (
                {"ERROR_VISIBILITY_TIMEOUT_MAX": "1s"},
                "ERROR_VISIBILITY_TIMEOUT_MAX=1s: is 1s, expected at least the value of ERROR_VISIBILITY_TIMEOUT, 2s",
            ),
            (
                {"BREAKER_COOLDOWN": "1m"},
                "BREAKER_COOLDOWN_MAX: is 30s, expected at least the value of BREAKER_COOLDOWN, 1m",
            ),
            (
                {"LOCKER": "redis"},
                "LOCKER=redis: no Redis address configured: set REDIS_LOCKER_HOST or REDIS_LOCKER_URL",
            ),
            (
                {"REDIS_LOCKER_DBNAME": "1"},
                "REDIS_LOCKER_DBNAME=1: no Redis address configured: set REDIS_LOCKER_HOST or REDIS_LOCKER_URL",
            ),
            (
                {"REDIS_LOCKER_KEYNAME": "jobs"},
                "REDIS_LOCKER_KEYNAME=jobs: no Redis address configured: set REDIS_LOCKER_HOST or REDIS_LOCKER_URL",
            ),
            (
                {"REDIS_LOCKER_HOST": "redis:6379", "LOCKER": "memory"},
                "LOCKER=memory: REDIS_LOCKER_HOST is set, which needs LOCKER=redis; remove one of them",
            ),
            (
                {"REDIS_LOCKER_HOST": "redis:6379", "REDIS_LOCKER_URL": "redis://redis"},
                "REDIS_LOCKER_URL (secret): REDIS_LOCKER_HOST is also set; remove one of them",
            ),
            (
                {"REDIS_LOCKER_URL": "redis://redis/1", "REDIS_LOCKER_DBNAME": "2"},
                "REDIS_LOCKER_DBNAME=2: REDIS_LOCKER_URL also contains a database; remove one of them",
            ),
            ({"LOCKER": "sqlite"}, "LOCKER=sqlite: no lock file configured: set SQLITE_LOCKER_PATH"),
            ({"LOCKER": "dynamodb"}, "LOCKER=dynamodb: no lock table configured: set DYNAMODB_LOCKER_TABLE"),
            (
                {"DYNAMODB_LOCKER_CREATE": "true"},
                "DYNAMODB_LOCKER_CREATE=true: no lock table configured: set DYNAMODB_LOCKER_TABLE",
            ),
            (
                {"LOCKER": "memory", "SQLITE_LOCKER_PATH": "/locks.sqlite"},
                "LOCKER=memory: SQLITE_LOCKER_PATH is set, which needs LOCKER=sqlite; remove one of them",
            ),
            (
                {"LOCKER": "sqlite", "SQLITE_LOCKER_PATH": "/locks.sqlite", "DYNAMODB_LOCKER_TABLE": "locks"},
                "DYNAMODB_LOCKER_TABLE=locks: SQLITE_LOCKER_PATH is also set; remove one of them",
            ),
            (
                {"REDIS_LOCKER_HOST": "redis:6379", "SQLITE_LOCKER_PATH": "/locks.sqlite"},
                "SQLITE_LOCKER_PATH=/locks.sqlite: REDIS_LOCKER_HOST is also set; remove one of them",
            ),
            (
                {"HISTORY_SIZE": "0", "HISTORY_FILE": "/history.sqlite"},
                "HISTORY_FILE=/history.sqlite: HISTORY_SIZE=0 turns the history off; remove one of them",
            ),
            (
                {"INVOKER_ADAPTIVE": "true"},
                "INVOKER_ADAPTIVE=true: INVOKER_PARALLEL_COUNT is 1, which leaves nothing to adapt; set it to more",
            ),
            (
                {"LOCKER": "none", "LOCKER_REQUIRED": "true"},
                "LOCKER_REQUIRED=true: LOCKER=none keeps no locks; set another LOCKER or remove LOCKER_REQUIRED",
            ),
        ],
    )
    def test_a_contradiction_is_named(self, variables: dict[str, str], complaint: str) -> None:
        assert problems(**variables) == [complaint]

    @pytest.mark.parametrize(
        ("given", "missing", "complaint"),
        [
            ("INVOKER_CLIENT_CERT", "INVOKER_CLIENT_KEY", "INVOKER_CLIENT_CERT and INVOKER_CLIENT_KEY"),
            ("INVOKER_CLIENT_KEY", "INVOKER_CLIENT_CERT", "INVOKER_CLIENT_CERT and INVOKER_CLIENT_KEY"),
            ("MONITORING_TLS_CERT", "MONITORING_TLS_KEY", "MONITORING_TLS_CERT and MONITORING_TLS_KEY"),
            ("MONITORING_TLS_KEY", "MONITORING_TLS_CERT", "MONITORING_TLS_CERT and MONITORING_TLS_KEY"),
        ],
    )
    def test_a_certificate_needs_its_key(self, tmp_path: Path, given: str, missing: str, complaint: str) -> None:
        file = tmp_path / "file.pem"
        file.touch()
        (problem,) = problems(**{given: str(file)})
        assert f"{complaint} must be set together" in problem
        assert getattr(settings(**{given: str(file), missing: str(file)}), missing) == file

    def test_mutual_tls_needs_tls(self, tmp_path: Path) -> None:
        file = tmp_path / "file.pem"
        file.touch()
        (problem,) = problems(MONITORING_TLS_CLIENT_CA=str(file))
        assert "mutual TLS also needs MONITORING_TLS_CERT and MONITORING_TLS_KEY" in problem

    def test_a_refused_address_brings_no_second_complaint(self) -> None:
        assert len(problems(REDIS_LOCKER_HOST="redis", REDIS_LOCKER_DBNAME="1", LOCKER="redis")) == 1
        assert len(problems(MONITORING_TLS_CERT="/nowhere", MONITORING_TLS_CLIENT_CA=os.devnull)) == 1

    def test_an_address_of_redis_asks_for_redis(self) -> None:
        assert settings(REDIS_LOCKER_HOST="redis:6379").LOCKER == "redis"
        assert settings(REDIS_LOCKER_URL="redis://redis").LOCKER == "redis"

    def test_a_file_asks_for_sqlite_and_a_table_for_dynamodb(self) -> None:
        assert settings(SQLITE_LOCKER_PATH="/locks.sqlite").LOCKER == "sqlite"
        assert settings(DYNAMODB_LOCKER_TABLE="locks", DYNAMODB_LOCKER_CREATE="true").LOCKER == "dynamodb"

    def test_every_problem_of_the_lock_stores_is_named_at_once(self) -> None:
        found = problems(LOCKER="sqlite", DYNAMODB_LOCKER_TABLE="a", REDIS_LOCKER_HOST="redis", LOCK_EXPIRE="soon")

        assert [problem.partition("=")[0] for problem in found] == [
            "LOCK_EXPIRE",
            "REDIS_LOCKER_HOST",
            "DYNAMODB_LOCKER_TABLE",
            "LOCKER",
        ]

    def test_a_drain_takes_as_long_as_a_job_may_take(self) -> None:
        assert settings(INVOKER_TIMEOUT="5m").DRAIN_TIMEOUT == 300.0
        assert settings(INVOKER_TIMEOUT="5m", DRAIN_TIMEOUT="10s").DRAIN_TIMEOUT == 10.0

    def test_an_equal_cap_is_a_fixed_back_off(self) -> None:
        fixed = settings(ERROR_VISIBILITY_TIMEOUT="10s", ERROR_VISIBILITY_TIMEOUT_MAX="10s")
        assert fixed.ERROR_VISIBILITY_TIMEOUT_MAX == 10.0

    def test_the_command_needs_an_invoker(self) -> None:
        with pytest.raises(ConfigurationError, match=r"INVOKER: .*set INVOKER_URL or INVOKER"):
            Environment(QUEUE_URL=QUEUE)
        with pytest.raises(ConfigurationError, match="has one problem:"):
            Environment(QUEUE_URL=QUEUE, INVOKER_URL="nowhere")
        assert Environment(QUEUE_URL=QUEUE, INVOKER="jobs:run").INVOKER == "jobs:run"


class TestNamesThatChanged:
    def test_a_variable_that_is_gone_is_refused_with_the_one_that_replaces_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("INVOKER_HMAC_SECRET", "hush-hush")
        (problem,) = problems()
        assert problem.startswith("INVOKER_HMAC_SECRET: ")
        assert "INVOKER_SIGNING_SECRET" in problem
        assert "sqsd secret" in problem

    def test_a_variable_that_is_gone_is_refused_as_a_keyword_too(self) -> None:
        (problem,) = problems(INVOKER_HMAC_HEADER="X-Signature")
        assert "INVOKER_SIGNING_SECRET" in problem

    def test_an_empty_variable_that_is_gone_counts_as_unset(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("INVOKER_HMAC_SECRET", "")
        assert settings().INVOKER_SIGNING_SECRET is None

    @pytest.mark.parametrize("level", ["warn", "WARN", "Warning"])
    def test_the_level_warn_of_go_is_warning(self, level: str) -> None:
        assert settings(LOG_LEVEL=level).LOG_LEVEL == "warning"

    def test_a_missing_variable_is_found_under_the_name_that_another_daemon_has_for_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SQSD_QUEUE_URL", "https://sqs.eu-west-1.amazonaws.com/1/jobs")
        with pytest.raises(ConfigurationError, match="unknown variable SQSD_QUEUE_URL: did you mean QUEUE_URL"):
            Settings()


SECRETS = {
    "INVOKER_HEADERS": "X-Api-Key: hush-hush",
    "INVOKER_SIGNING_SECRET": "whsec_hushhushhushhushhushhushhushhush",
    "REDIS_LOCKER_URL": "redis://:hush-hush@localhost:6379",
    "MONITORING_TOKEN": "hush-hush",
}


class TestSecrets:
    def test_no_secret_is_shown_by_settings_that_are_right(self) -> None:
        url = "https://user:hush-hush@worker/path?token=hush-hush"
        secretive = settings(**SECRETS, INVOKER_URL=url, INVOKER_HEALTHCHECK_URL=url)
        for text in (repr(secretive), str(secretive), str(secretive.shown())):
            assert "hush" not in text
        assert secretive.shown()["INVOKER_URL"] == "https://***@worker/path?***"
        assert {secretive.shown()[name] for name in SECRETS} == {"***"}

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("INVOKER_HEADERS", "hush-hush"),
            ("INVOKER_HEADERS", "A: hush-hush\x00"),
            ("REDIS_LOCKER_URL", "hush-hush"),
            ("REDIS_LOCKER_URL", "redis://:hush-hush@host:port"),
            ("MONITORING_TOKEN", "hush hush"),
            ("INVOKER_HMAC_SECRET", "hush-hush"),
            ("INVOKER_SIGNING_SECRET", "hush-hush"),
            ("INVOKER_SIGNING_SECRET", "whsec_hushhushhushhushhushhushhushhush,whsec_hush"),
            ("INVOKER_URL", "ftp://user:hush-hush@worker"),
            ("INVOKER_URL", "user:hush-hush@worker"),
            ("INVOKER_URL", "ftp://worker?token=hush-hush"),
            ("QUEUE_URL", "https://user:hush-hush@sqs.example/1/jobs"),
            ("SQS_ENDPOINT_URL", "https://user:hush-hush@sqs.example"),
            ("INVOKER_HEALTHCHECK_URL", "https://user:hush-hush@worker:port"),
        ],
    )
    def test_no_secret_is_shown_by_a_complaint(self, name: str, value: str) -> None:
        with pytest.raises(ConfigurationError) as caught:
            settings(**{name: value, "LOG_LEVEL": "loud"})
        assert "hush" not in str(caught.value)
        assert name in str(caught.value)
        assert caught.value.__suppress_context__

    @given(st.sampled_from([*SECRETS, "INVOKER_HMAC_SECRET"]), st.from_regex(r"hush[ -~]{0,40}", fullmatch=True))
    def test_no_secret_is_shown_whatever_it_looks_like(self, name: str, value: str) -> None:
        try:
            shown = repr(settings(**{name: value}))
        except ConfigurationError as error:
            shown = str(error)
        assert "hush" not in shown


def test_settings_are_fixed_once_they_are_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings().LOG_LEVEL = "debug"
