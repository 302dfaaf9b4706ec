"""From the options of ``sqsd dev`` to a configuration that stays on this machine."""

import socket
from pathlib import Path

import pytest

from sqsd_adapters.cli.dev.given import Given, check_without_worker, configuration_of, expanded, queue_name
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.values.signing_secrets import new_secret
from sqsd_adapters.errors import ConfigurationError

SECRET = new_secret()
FILE = """
[worker.web]
url = "http://127.0.0.1:8080/"
[queue.orders]
url = "https://sqs.eu-central-1.amazonaws.com/123456789012/shop-orders"
worker = "web"
[queue.mails]
url = "https://sqs.eu-central-1.amazonaws.com/123456789012/mails.fifo"
worker = "web"
"""


def settings(**options: object) -> Settings:
    given = Given(**{"invoker_url": ":8080", **options})  # type: ignore[arg-type]
    return configuration_of(given, signing_secret=SECRET).settings


def test_a_port_is_short_for_a_url() -> None:
    assert [*map(expanded, (":8080", "8080", "http://x/"))] == [
        "http://127.0.0.1:8080/",
        "http://127.0.0.1:8080/",
        "http://x/",
    ]


def test_the_queue_is_that_of_the_option_or_of_the_variable_or_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings().QUEUE_URL == "memory://jobs"
    monkeypatch.setenv("QUEUE_URL", "https://sqs.eu-central-1.amazonaws.com/123456789012/orders")
    assert settings().QUEUE_URL == "memory://orders"
    assert settings(queue="mails.fifo").QUEUE_URL == "memory://mails.fifo"


def test_a_queue_that_sqs_would_not_create_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'a b' is not a queue name"):
        queue_name(Given(queue="a b"))


def test_nothing_leaves_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_LOCKER_URL", "redis://redis.example.com")
    monkeypatch.setenv("QUEUE_ENSURE", "create")
    local = settings()
    assert (local.LOCKER, local.QUEUE_ENSURE, local.INVOKER_CLIENT) == ("memory", "off", "http11")


def test_requests_are_signed_with_the_secret_that_stays_or_with_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = settings().INVOKER_SIGNING_SECRET
    assert kept is not None
    assert kept.get_secret_value() == SECRET
    own = new_secret()
    monkeypatch.setenv("INVOKER_SIGNING_SECRET", own)
    given = settings().INVOKER_SIGNING_SECRET
    assert given is not None
    assert given.get_secret_value() == own


def test_an_option_takes_the_place_of_the_environments_invoker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INVOKER", "package:job")
    assert settings().INVOKER is None
    monkeypatch.delenv("INVOKER")
    monkeypatch.setenv("INVOKER_URL", "http://127.0.0.1:1/")
    local = settings(invoker_url=None, invoker="package:other")
    assert (local.INVOKER, local.INVOKER_URL) == ("package:other", None)


def test_the_queues_of_a_file_keep_their_names(tmp_path: Path) -> None:
    path = tmp_path / "sqsd.toml"
    path.write_text(FILE)
    configuration = configuration_of(Given(config=path), signing_secret=SECRET)
    urls = {name: table.settings.QUEUE_URL for name, table in configuration.queues.items()}
    assert urls == {"orders": "memory://shop-orders", "mails": "memory://mails.fifo"}
    assert configuration.workers["web"].settings.INVOKER_SIGNING_SECRET is not None


def test_a_port_of_the_monitor_that_was_chosen_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("MONITORING_PORT", str(port))
        assert port == settings().MONITORING_PORT


def test_a_task_is_one_of_cron() -> None:
    assert Given(trigger=("cron", "report")).task == "report"
    assert Given().task is None
    with pytest.raises(ConfigurationError, match="--trigger queue: expected cron"):
        _ = Given(trigger=("queue", "x")).task


def test_without_a_worker_there_is_no_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Given().has_worker
    monkeypatch.setenv("INVOKER", "package:job")
    assert Given().has_worker


def test_without_a_worker_a_bad_cron_file_is_told_as_with_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cron.yaml"
    file.write_text('version: 1\ncron:\n - name: report\n   url: /report\n   schedule: "61 * * * *"\n')
    monkeypatch.setenv("CRON_FILE", str(file))
    with pytest.raises(ConfigurationError, match=r"cron.yaml, line 5: schedule .*minute '61' is not valid"):
        check_without_worker(Given())
    file.write_text(file.read_text().replace("61", "1"))
    check_without_worker(Given())


@pytest.mark.parametrize(("name", "value"), [("CRON_FILE", "/nowhere/cron.yaml"), ("INVOKER_TIMEOUT", "soon")])
def test_without_a_worker_a_wrong_variable_is_told_as_with_one(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=f"{name}={value}: "):
        check_without_worker(Given())
