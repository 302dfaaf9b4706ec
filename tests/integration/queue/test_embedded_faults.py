"""The embedded SQS's fault switches as an SDK meets them, in process and over HTTP, and the server as a process."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from botocore.exceptions import ClientError, HTTPClientError

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from tests.support.embedded import Boto, embedded_process, embedded_server

pytestmark = pytest.mark.integration


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedSqsServer]:
    async with embedded_server() as server:
        yield server


@pytest.fixture
def url(server: EmbeddedSqsServer) -> str:
    return server.queue_url("jobs")


@pytest.fixture
def queue(server: EmbeddedSqsServer) -> EmbeddedQueue:
    queue = EmbeddedQueue(sqs=server.sqs)
    queue.send("hello")
    return queue


@pytest.fixture
def boto(server: EmbeddedSqsServer) -> Iterator[Boto]:
    boto = Boto(server.url)
    yield boto
    boto.close()


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (FaultKind.REQUEST_THROTTLED, ("RequestThrottled", 403)),
        (FaultKind.THROTTLE, ("Throttling", 400)),
        (FaultKind.SERVER_ERROR, ("InternalFailure", 500)),
        (FaultKind.UNAVAILABLE, ("ServiceUnavailable", 503)),
        (FaultKind.ACCESS_DENIED, ("AccessDenied", 403)),
        (FaultKind.INVALID_CREDENTIALS, ("InvalidClientTokenId", 403)),
        (FaultKind.EXPIRED_CREDENTIALS, ("ExpiredToken", 403)),
        (FaultKind.KMS_DISABLED, ("KMS.DisabledException", 400)),
        (FaultKind.QUEUE_GONE, ("AWS.SimpleQueueService.NonExistentQueue", 400)),
    ],
)
async def test_a_refused_call_has_sqs_code_and_does_nothing(
    server: EmbeddedSqsServer, queue: EmbeddedQueue, boto: Boto, kind: FaultKind, expected: tuple[str, int]
) -> None:
    url = server.queue_url("jobs")
    server.faults.add(Fault(kind=kind, count=1))
    with pytest.raises(ClientError) as caught:
        await boto("receive_message", QueueUrl=url)
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == expected
    assert queue.visible == 1
    assert (await boto("receive_message", QueueUrl=url))["Messages"]


async def test_a_reset_connection_did_nothing(
    server: EmbeddedSqsServer, boto: Boto, url: str, queue: EmbeddedQueue
) -> None:
    server.faults.add(Fault(kind=FaultKind.RESET, count=1))
    with pytest.raises(HTTPClientError):
        await boto("receive_message", QueueUrl=url)
    assert queue.visible == 1


async def test_a_lost_answer_was_carried_out(
    server: EmbeddedSqsServer, boto: Boto, url: str, queue: EmbeddedQueue
) -> None:
    server.faults.add(Fault(kind=FaultKind.LOSE_ANSWER, count=1))
    with pytest.raises(HTTPClientError):
        await boto("receive_message", QueueUrl=url)
    assert queue.in_flight == 1


@pytest.mark.usefixtures("queue")
async def test_a_delayed_answer_takes_its_time(server: EmbeddedSqsServer, boto: Boto, url: str) -> None:
    server.faults.add(Fault(kind=FaultKind.DELAY, seconds=0.3))
    loop = asyncio.get_running_loop()
    begin = loop.time()
    await boto("receive_message", QueueUrl=url)
    assert loop.time() - begin >= 0.3


@pytest.mark.usefixtures("queue")
async def test_a_duplicate_is_delivered_although_it_is_in_flight(
    server: EmbeddedSqsServer, boto: Boto, url: str
) -> None:
    [first] = (await boto("receive_message", QueueUrl=url))["Messages"]
    server.faults.add(Fault(kind=FaultKind.DUPLICATE))
    [second] = (await boto("receive_message", QueueUrl=url))["Messages"]
    assert second["MessageId"] == first["MessageId"]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]


async def test_entries_of_a_batch_fail_by_order(server: EmbeddedSqsServer, boto: Boto, url: str) -> None:
    server.faults.add(Fault(kind=FaultKind.FAIL_ENTRIES, operation="SendMessageBatch", entries=2))
    entries = [{"Id": f"{number}", "MessageBody": "x"} for number in range(3)]
    answer = await boto("send_message_batch", QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["2"]
    assert [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in answer["Failed"]] == [
        ("0", "InternalError", False),
        ("1", "InternalError", False),
    ]


async def test_faults_are_switched_and_calls_counted_over_http(server: EmbeddedSqsServer, boto: Boto, url: str) -> None:
    async with aiohttp.ClientSession(server.url) as session:
        async with session.post("/_faults", json=[{"kind": "throttle", "count": 5}]) as answer:
            [shown] = await answer.json()
        assert (shown["kind"], shown["count"]) == ("throttle", 5)
        with pytest.raises(ClientError):
            await boto("receive_message", QueueUrl=url)
        async with session.delete("/_faults") as answer:
            assert await answer.json() == []
        await boto("receive_message", QueueUrl=url)
        async with session.get("/_calls") as answer:
            assert await answer.json() == {"ReceiveMessage": 2}
        async with session.delete("/_calls") as answer:
            assert await answer.json() == {}


@pytest.mark.parametrize("body", [b"{", b'{"kind": "rain"}', b'{"kind": "reset", "colour": 1}', b"[1]"])
async def test_a_fault_that_is_none_is_refused(server: EmbeddedSqsServer, body: bytes) -> None:
    async with (
        aiohttp.ClientSession(server.url) as session,
        session.post("/_faults", data=body) as answer,
    ):
        assert answer.status == 400
    assert server.faults.active == ()


async def test_a_process_serves_until_sigterm_and_redrives_to_its_dead_letter_queue() -> None:
    async with embedded_process(redrive=("jobs", "jobs-dlq", 1)) as process:
        boto = Boto(process.url)
        url = process.queue_url("jobs")
        await boto("send_message", QueueUrl=url, MessageBody="poison")
        for _ in range(2):
            await boto("receive_message", QueueUrl=url, VisibilityTimeout=0)
        answer = await boto("receive_message", QueueUrl=process.queue_url("jobs-dlq"))
        assert [message["Body"] for message in answer["Messages"]] == ["poison"]
        await asyncio.to_thread(process.add_faults, Fault(kind=FaultKind.THROTTLE))
        with pytest.raises(ClientError):
            await boto("receive_message", QueueUrl=url)
        await asyncio.to_thread(process.clear_faults)
        assert (await asyncio.to_thread(process.calls))["ReceiveMessage"] == 4
        boto.close()
    assert process.process.returncode == 0


async def test_a_process_without_its_port_says_so_and_exits_with_2(server: EmbeddedSqsServer) -> None:
    port = server.url.rpartition(":")[2]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sqsd_adapters.queue.embedded",
        f"--port={port}",
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await asyncio.wait_for(process.communicate(), timeout=20)
    assert process.returncode == 2
    assert f":{port}" in errors.decode()
