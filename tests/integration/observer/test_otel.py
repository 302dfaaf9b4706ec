"""The daemon with OpenTelemetry: what reaches a collector and the worker, and what a dead collector costs."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator

import pytest

from sqsd_adapters.testing.raw_worker import RawWorker
from sqsd_core import MessageAttribute
from tests.support.collector import GrpcCollector, HttpCollector, SilentCollector
from tests.support.command import TIMEOUT, command, run
from tests.support.stage import ROOT, Stage, numbered, staged, within

pytestmark = pytest.mark.integration

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SENT = {
    "traceparent": MessageAttribute(data_type="String", value=f"00-{TRACE}-{PARENT}-01"),
    "baggage": MessageAttribute(data_type="String", value="tenant=7"),
}
NEVER = "3600000"  # milliseconds: only the end of the daemon exports


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as built:
        yield built


def exporting(collector: HttpCollector | GrpcCollector | SilentCollector, **variables: str) -> dict[str, str]:
    """The standard variables."""
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": collector.protocol,
        "OTEL_BSP_SCHEDULE_DELAY": NEVER,
        **variables,
    }


@pytest.mark.parametrize(("kind", "client"), [(HttpCollector, "http11"), (GrpcCollector, "httpx")])
async def test_the_spans_of_a_message_reach_the_collector_and_its_context_the_worker(
    stage: Stage, kind: type[HttpCollector | GrpcCollector], client: str
) -> None:
    async with kind() as collector, RawWorker() as worker:
        sender = {**stage.env, **exporting(collector), "INVOKER_URL": worker.url, "INVOKER_CLIENT": client}
        async with command(env=sender) as daemon:
            stage.queue.send("job", attributes=SENT)
            await within(20, lambda: stage.queue.is_empty)
            assert (await daemon.drained()).code == 0
        [process] = collector.named("process jobs")
        [request] = collector.named("POST")
        head = worker.requests[0].partition(b"\r\n\r\n")[0].decode()
    assert process.links == [(TRACE, PARENT)]
    assert (request.trace_id, request.parent_id) == (process.trace_id, process.span_id)
    assert re.findall(r"(?mi)^traceparent: (.*?)\r?$", head)[0].startswith(f"00-{process.trace_id}-{process.span_id}-")
    assert re.findall(r"(?mi)^(?:traceparent|baggage): ", head) == ["traceparent: ", "baggage: "]
    assert process.service == "sqsd"
    assert len(collector.named("receive jobs")) == len(collector.named("delete jobs")) == 1
    assert collector.metrics == {
        "messaging.process.duration",
        "messaging.client.operation.duration",
        "messaging.client.consumed.messages",
    }


async def test_the_request_of_a_batch_belongs_to_one_span_that_links_to_all_senders(stage: Stage) -> None:
    async with HttpCollector() as collector, RawWorker() as worker:
        batches = {"INVOKER_URL": worker.url, "INVOKER_BATCH_SIZE": "3", "INVOKER_BATCH_WINDOW": "30s"}
        async with command(env={**stage.env, **exporting(collector), **batches}) as daemon:
            for number in (1, 2, 3):
                sender = MessageAttribute(data_type="String", value=f"00-{number:032x}-{number:016x}-01")
                stage.queue.send("job", attributes={"traceparent": sender})
            await within(20, lambda: stage.queue.is_empty)
            assert (await daemon.drained()).code == 0
        [process] = collector.named("process jobs")
        [request] = collector.named("POST")
        head = worker.requests[0].partition(b"\r\n\r\n")[0].decode()
    assert sorted(process.links) == [(f"{number:032x}", f"{number:016x}") for number in (1, 2, 3)]
    assert process.attributes["messaging.batch.message_count"] == 3
    assert (request.trace_id, request.parent_id) == (process.trace_id, process.span_id)
    assert re.findall(r"(?mi)^traceparent: (.*?)\r?$", head)[0].startswith(f"00-{process.trace_id}-{process.span_id}-")


async def test_what_a_job_in_this_process_does_is_part_of_its_span(stage: Stage) -> None:
    async with HttpCollector() as collector:
        inside = {**stage.inside("in_thread"), "INVOKER": "tests.support.traced_job:job"}
        ours = {"OTEL_SERVICE_NAME": "shop", "OPENTELEMETRY_CONTEXT": "parent"}
        async with command(env={**inside, **exporting(collector, **ours)}) as daemon:
            stage.queue.send("job", attributes=SENT)
            await within(20, lambda: stage.queue.is_empty)
            await daemon.drained()
        [process], [own] = collector.named("process"), collector.named("inside")
    assert (process.trace_id, process.parent_id) == (TRACE, PARENT)
    assert (own.trace_id, own.parent_id, own.service) == (TRACE, process.span_id, "shop")


async def test_a_collector_that_never_answers_slows_no_message_and_holds_up_no_drain(stage: Stage) -> None:
    async with SilentCollector() as collector:
        # more spans than the SDK keeps
        silent = exporting(collector, OTEL_BSP_SCHEDULE_DELAY="10", OTEL_BSP_MAX_QUEUE_SIZE="8")
        silent |= {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "8", "INVOKER_PARALLEL_COUNT": "8"}
        async with command(env={**stage.env, **silent}) as daemon:
            stage.send(numbered(200))
            await within(15, lambda: not stage.left)
            async with asyncio.timeout(10):
                ended = await daemon.drained()
    assert ended.code == 0
    assert len(stage.ledger.succeeded) == 200
    assert ended.stdout.count("telemetry not exported") <= 4
    assert "telemetry lost at the end" in ended.stdout


async def program(way: str, collector: HttpCollector | SilentCollector) -> str:
    """Run a program with two daemons to its end; returns what it printed."""
    environment = {"PATH": os.environ["PATH"], **exporting(collector)}
    arguments = (sys.executable, "-m", "tests.support.embedding_program", way)
    process = await asyncio.create_subprocess_exec(
        *arguments, env=environment, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            printed = (await process.communicate())[0].decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, printed
    return printed


@pytest.mark.parametrize("way", ["after", "beside", "own"])
async def test_each_daemon_of_a_program_exports_its_spans_and_those_of_its_jobs(way: str) -> None:
    async with HttpCollector() as collector:
        printed = await program(way, collector)
    assert printed == ""
    for queue in ("first", "second"):
        [process], [own] = collector.named(f"process {queue}"), collector.named(f"inside {queue}")
        assert (own.trace_id, own.parent_id) == (process.trace_id, process.span_id)
    assert len(collector.named("of the program")) == (way == "own")
    assert "messaging.process.duration" in collector.metrics
    assert collector.places == {"first", "second"}


async def test_a_program_whose_collector_never_answers_ends_all_the_same() -> None:
    async with SilentCollector() as collector:
        printed = await program("after", collector)
    assert printed.count("telemetry lost at the end") == 4  # spans and metrics of two daemons


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"OTEL_TRACES_EXPORTER": "carrier-pigeon"}, "OTEL_TRACES_EXPORTER: 'carrier-pigeon' is not installed"),
        ({"OPENTELEMETRY": "on", "OTEL_EXPORTER_OTLP_PROTOCOL": "smoke"}, "'otlp over smoke' is not installed"),
    ],
)
async def test_an_exporter_that_is_not_installed_has_to_be_fixed_first(
    stage: Stage, variables: dict[str, str], says: str
) -> None:
    ended = await run(env={**stage.env, **variables})
    assert ended.code == 2
    assert says in ended.stderr
