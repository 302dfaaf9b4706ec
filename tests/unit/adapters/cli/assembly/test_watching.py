"""Who watches the daemon, by its settings and its environment."""

import sys
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from sqsd_adapters.cli.assembly.watching import Watching
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.errors import ConfigurationError

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317"}
AGENT = {"ECS_AGENT_URI": "http://169.254.170.2/api/1"}


class Part:
    """A queue, or a worker."""

    name = ""

    def __init__(self) -> None:
        queue, exchange = SimpleNamespace(), object()
        self.parts = SimpleNamespace(queue=lambda: queue, exchange=lambda: exchange)


def watching(environ: Mapping[str, str], **variables: Any) -> Watching:
    return Watching(Settings(QUEUE_URL="memory://jobs", **variables), environ, supervised=True)


def names(watching: Watching) -> list[str]:
    return [type(observer).__name__ for observer in watching.observers]


@pytest.mark.parametrize(
    ("environ", "switch", "observers"),
    [
        ({}, "auto", []),
        (AGENT, "auto", ["TaskProtection"]),
        (AGENT, "on", ["TaskProtection"]),
        (AGENT, "off", []),
        ({"NOTIFY_SOCKET": "/run/notify"}, "auto", ["Systemd"]),
        ({"NOTIFY_SOCKET": "/run/notify", **AGENT}, "auto", ["Systemd", "TaskProtection"]),
    ],
)
def test_what_watches_is_what_the_environment_asks_for(
    environ: Mapping[str, str], switch: str, observers: list[str]
) -> None:
    made = watching(environ, ECS_TASK_PROTECTION=switch)
    assert names(made) == observers
    assert list(made.problems) == []


def test_a_program_that_embeds_the_daemon_speaks_for_itself() -> None:
    made = Watching(Settings(QUEUE_URL="memory://jobs"), {"NOTIFY_SOCKET": "/run/notify", **AGENT})
    assert names(made) == ["TaskProtection"]


def test_on_without_an_agent_is_a_problem_that_says_what_to_do() -> None:
    [problem] = watching({}, ECS_TASK_PROTECTION="on").problems
    assert problem.startswith("ECS_TASK_PROTECTION=on: ECS_AGENT_URI is not set")


def test_an_agent_that_is_no_url_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match=r"ECS_AGENT_URI: .*ECS_TASK_PROTECTION=off"):
        watching({"ECS_AGENT_URI": "169.254.170.2"})


def test_without_them_a_queue_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("sqsd_adapters.observer")]:
        monkeypatch.delitem(sys.modules, name)
    part: Any = Part()
    assert watching({}).queue(part) is part.parts.queue()
    assert watching({}).exchange(part) is part.parts.exchange()
    assert not any(name.startswith("sqsd_adapters.observer") for name in sys.modules)


@pytest.mark.parametrize(
    ("environ", "switch", "observers"),
    [
        ({}, "auto", []),
        ({}, "on", ["Telemetry"]),
        (ENDPOINT, "auto", ["Telemetry"]),
        (ENDPOINT, "off", []),
        ({**ENDPOINT, "OTEL_SDK_DISABLED": "true"}, "on", []),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"}, "on", []),
    ],
)
def test_telemetry_is_on_where_a_variable_asks_for_it(
    environ: Mapping[str, str], switch: str, observers: list[str]
) -> None:
    made = watching(environ, OPENTELEMETRY=switch)
    assert names(made) == observers
    assert list(made.problems) == []


@pytest.mark.parametrize("switch", ["auto", "on"])
def test_without_the_extra_telemetry_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch, switch: str) -> None:
    for name in [name for name in sys.modules if name.startswith("sqsd_adapters.observer.otel")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(ConfigurationError, match=r"extra otel: pip install 'sqsd\[otel\]', or set OPENTELEMETRY=off"):
        watching(ENDPOINT, OPENTELEMETRY=switch)


def test_an_exporter_that_is_not_installed_is_a_problem() -> None:
    [problem] = watching({"OTEL_TRACES_EXPORTER": "pigeon"}).problems
    assert problem.startswith("OTEL_TRACES_EXPORTER: 'pigeon' is not installed; installed are ")


def test_a_queue_is_named_without_what_its_url_may_hold_beyond() -> None:
    made = watching(ENDPOINT)
    part: Any = Part()
    part.parts.queue().name = "jobs"
    url = "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs"
    part.table = SimpleNamespace(settings=Settings(QUEUE_URL=url))
    made.queue(part)
    destination = made._telemetry._places[""].destination
    assert (destination.name, destination.url, destination.host) == ("jobs", url, "sqs.eu-central-1.amazonaws.com")


@pytest.mark.parametrize(("envelope", "opens"), [("none", False), ("sns", True)])
def test_spans_find_the_sender_in_the_envelope_where_there_is_one(envelope: Any, *, opens: bool) -> None:
    made = watching(ENDPOINT)
    part: Any = Part()
    part.parts.queue().name = "jobs"
    url = "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs"
    part.table = SimpleNamespace(settings=Settings(QUEUE_URL=url, MESSAGE_ENVELOPE=envelope))
    made.queue(part)
    assert (made._telemetry._places[""].opened is not None) is opens
