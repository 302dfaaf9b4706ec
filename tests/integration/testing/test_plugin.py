"""The fixtures that other projects get from the pytest plugin."""

import asyncio
import signal
from threading import Event

import boto3  # type: ignore[import-untyped]
import pytest

from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.testing.fakes import ScriptedInvoker
from sqsd_adapters.testing.harness import work_off
from sqsd_adapters.testing.plugin import StartDaemon
from sqsd_adapters.testing.recording_worker import Answer, RecordingWorker
from sqsd_adapters.testing.sqs_endpoint import SqsEndpoint
from sqsd_adapters.testing.sqs_thread import SqsThread
from sqsd_core import MessageAttribute

pytestmark = pytest.mark.integration


def test_a_sender_that_uses_an_sdk_finds_an_sqs(embedded_sqs: SqsEndpoint) -> None:
    sqs = boto3.client(
        "sqs",
        endpoint_url=embedded_sqs,
        region_name="eu-central-1",
        aws_access_key_id="any",
        aws_secret_access_key="any",
    )
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="one order")

    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "one order"
    sqs.close()


async def test_a_job_finds_a_queue(embedded_queue: EmbeddedQueue) -> None:
    embedded_queue.send("hello")
    job = ScriptedInvoker()

    await work_off(embedded_queue, job)

    assert job.bodies == ["hello"]


async def test_a_job_may_be_a_function(embedded_queue: EmbeddedQueue) -> None:
    embedded_queue.send("hello")
    greeted: list[str] = []

    await work_off(embedded_queue, lambda message: greeted.append(message.body))

    assert greeted == ["hello"]


def test_a_worker_over_http_is_fed_by_a_daemon_of_its_own(
    embedded_sqs: SqsEndpoint, sqsd_daemon: StartDaemon, recording_worker: RecordingWorker
) -> None:
    queue = embedded_sqs.queue("orders", max_receive_count=2)
    recording_worker.script = {"bad": [500], "later": [Answer(status=429, headers={"Retry-After": "1"}), 200]}
    daemon = sqsd_daemon(queue=queue, INVOKER_URL=recording_worker.url, INVOKER_PARALLEL_COUNT=4)
    for body in ("good", "bad", "later"):
        queue.send(body, attributes={"kind": MessageAttribute(data_type="String", value="test")})

    queue.wait_until_empty()

    assert sorted(recording_worker.bodies) == ["bad", "bad", "good", "later", "later"]
    assert {request.headers["X-Aws-Sqsd-Attr-kind"] for request in recording_worker.requests} == {"test"}
    assert queue.dead_letters == ["bad"]
    assert daemon.drain() == 0
    assert daemon.events[-1] == "stopped"


def test_a_daemon_that_cannot_start_says_why(sqsd_daemon: StartDaemon) -> None:
    with pytest.raises(RuntimeError, match="QUEUE_URL"):
        sqsd_daemon(INVOKER_URL="http://127.0.0.1:9/")


def test_a_killed_daemon_is_followed_by_another(
    embedded_sqs: SqsEndpoint, sqsd_daemon: StartDaemon, recording_worker: RecordingWorker
) -> None:
    released = Event()
    recording_worker.answer = lambda request: 200 if request.receive_count > 1 or released.wait(30.0) else 500
    queue = embedded_sqs.queue()
    queue.send("order")
    first = sqsd_daemon(queue=queue, INVOKER_URL=recording_worker.url, VISIBILITY_TIMEOUT="1s")
    recording_worker.wait_for(1)
    first.send_signal(signal.SIGKILL)
    sqsd_daemon(queue=queue, INVOKER_URL=recording_worker.url)
    queue.wait_until_empty()
    released.set()
    assert {request.message_id for request in recording_worker.requests} == {recording_worker.requests[0].message_id}


async def test_a_worker_that_records_serves_an_async_test_as_well(recording_worker: RecordingWorker) -> None:
    reader, writer = await asyncio.open_connection(*recording_worker.address)
    writer.write(b"POST /path HTTP/1.1\r\nX-Aws-Sqsd-Receive-Count: 3\r\nContent-Length: 5\r\n\r\nhello")
    assert b" 200 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
    (request,) = recording_worker.requests
    assert (request.path, request.body, request.receive_count) == ("/path", "hello", 3)


def test_a_server_runs_once() -> None:
    with SqsThread() as sqs, pytest.raises(RuntimeError, match="the SQS server runs once: make another SqsThread"), sqs:
        pytest.fail("entered")
    with pytest.raises(RuntimeError, match="the SQS server runs once"), sqs:
        pytest.fail("entered")


def test_a_worker_is_open_once_at_a_time() -> None:
    with RecordingWorker() as worker, pytest.raises(RuntimeError, match="the worker is open already"), worker:
        pytest.fail("entered")
    with worker:
        assert worker.url


def test_a_daemon_in_a_process_runs_once_at_a_time(embedded_sqs: SqsEndpoint, sqsd_daemon: StartDaemon) -> None:
    daemon = sqsd_daemon(queue=embedded_sqs.queue("orders"), INVOKER="builtins:print")
    with pytest.raises(RuntimeError, match="the daemon runs already: make another DaemonProcess"), daemon:
        pytest.fail("entered")
    assert daemon.drain() == 0


def test_a_queue_of_the_server_keeps_its_max_receive_count(embedded_sqs: SqsEndpoint) -> None:
    embedded_sqs.queue("orders", max_receive_count=3)
    assert embedded_sqs.queue("orders").name == "orders"
    with pytest.raises(ValueError, match="max_receive_count=5: the queue orders exists with 3"):
        embedded_sqs.queue("orders", max_receive_count=5)
