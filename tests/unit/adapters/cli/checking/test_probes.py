"""What ``sqsd check`` probes of a file, and what it says of a probe that does not end."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from sqsd_adapters.cli.checking.finding import Finding, ok, warn
from sqsd_adapters.cli.checking.probes import Probe, probes, slowest
from sqsd_adapters.cli.configuration.config_file import read_config_file
from sqsd_adapters.cli.configuration.configuration import Configuration
from sqsd_core.errors import LockStoreUnavailable

FILE = """
[worker.web]
url = "http://127.0.0.1:1/"
timeout = "5s"
[worker.long]
url = "http://127.0.0.1:2/"
timeout = "1h"
[queue.orders]
url = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"
worker = "web"
[queue.films]
url = "memory://films"
worker = "long"
"""


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    file = tmp_path / "sqsd.toml"
    file.write_text(FILE)
    return read_config_file(file)


async def hang() -> list[Finding]:
    await asyncio.Event().wait()
    return []


async def refuse() -> list[Finding]:
    raise LockStoreUnavailable("it is off")


async def advise() -> list[Finding]:
    return [
        warn("time limit", "INVOKER_TIMEOUT is long", "set INVOKER_TIMEOUT=5s, or PROBE_PORT; see SOME_OTHER"),
        ok("a", "b"),
    ]


def test_each_table_is_probed_and_what_there_is_one_of_once(configuration: Configuration) -> None:
    found = [(probe.table, probe.name) for probe in probes(configuration, probe_timeout="http://slow/")]
    assert found == [
        (("queue", "orders"), "SQS"),
        *((("worker", worker), name) for worker in ("web", "long") for name in ("worker", "name", "time limit")),
        *((None, name) for name in ("locks", "ports", "open files")),
    ]


def test_a_probe_of_the_time_limit_may_take_as_long_as_its_own_worker(configuration: Configuration) -> None:
    limits = [
        probe.limit for probe in probes(configuration, probe_timeout="http://slow/") if probe.name == "time limit"
    ]
    assert limits == [25, 3_620]


def test_only_a_worker_with_a_url_has_a_proxy_whose_time_limit_is_probed(tmp_path: Path) -> None:
    file = tmp_path / "sqsd.toml"
    file.write_text(FILE.replace('url = "http://127.0.0.1:2/"', 'invoker = "json:dumps"'))
    probed = probes(read_config_file(file), probe_timeout="http://slow/")
    assert [probe.table for probe in probed if probe.name == "time limit"] == [("worker", "web")]


def test_the_longest_job_decides_how_long_a_stop_takes(configuration: Configuration) -> None:
    assert slowest(configuration).DRAIN_TIMEOUT == 3_600


@pytest.mark.parametrize(("ask", "why"), [(hang, "no answer within 0 s"), (refuse, "it is off")])
async def test_a_probe_that_hangs_or_fails_is_a_finding_of_its_table(
    ask: Callable[[], Awaitable[list[Finding]]], why: str
) -> None:
    probe = Probe(name="SQS", ask=ask, limit=0.0 if ask is hang else 5.0, table=("queue", "orders"))
    (finding,) = await probe.findings()
    assert (finding.is_ok, finding.why, finding.table) == (False, why, ("queue", "orders"))


async def test_what_to_do_names_the_keys_of_the_table(configuration: Configuration) -> None:
    of_worker, _ = await Probe(name="x", ask=advise, table=("worker", "web")).findings()
    of_daemon, _ = await Probe(name="x", ask=advise).findings()
    assert of_worker.fix == "set timeout=5s, or probe_port; see SOME_OTHER"
    assert "INVOKER_TIMEOUT" in of_daemon.fix
