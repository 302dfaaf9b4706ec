"""SqsQueue and an SQS that fails: what is raised, how often it is asked, and what a FIFO receive repeats."""

import asyncio
import socket

import pytest

from sqsd_adapters.queue.sqs import Client
from sqsd_adapters.queue.sqs.bounded import MAX_ANSWER
from sqsd_adapters.queue.sqs.client import ATTEMPTS
from sqsd_core.errors import QueueError, QueueNotFound, QueueRefused, QueueUnavailable
from sqsd_core.message import ReceiptHandle
from sqsd_core.ports.queue import VisibilityChange
from tests.support.moto import sqs_queue
from tests.support.scripted_sqs import Reply, ScriptedSqs, Then, answer, error

pytestmark = pytest.mark.integration

EMPTY = answer({})
LOST = Reply(b"", Then.RESET)
ONE = answer({"Messages": [{"MessageId": "m-1", "ReceiptHandle": "r-1", "Body": "one"}]})


#: before the SDK's own attempts the short path makes one
DETOURS: dict[Client, int] = {"short": 1, "aiobotocore": 0}


@pytest.fixture(params=DETOURS)
def client(request: pytest.FixtureRequest) -> Client:
    way: Client = request.param
    return way


async def receive_from(sqs: ScriptedSqs, client: Client) -> int:
    async with sqs_queue(f"{sqs.url}/1/jobs", client=client) as queue:
        return len(await queue.receive(max_messages=10, wait=0, visibility=30))


async def raised_by(sqs: ScriptedSqs, client: Client) -> QueueError:
    with pytest.raises(QueueError) as caught:
        await receive_from(sqs, client)
    return caught.value


@pytest.mark.parametrize(
    "reply",
    [
        LOST,
        Reply(b"SSH-2.0-OpenSSH\r\n", Then.CLOSE),
        Reply(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"Mess', Then.CLOSE),
        answer(b"<html>down</html>", status=503),
        answer({"message": "oh"}, status=500),
        error("RequestThrottled"),
    ],
    ids=["reset", "garbage", "cut short", "503", "500", "throttled"],
)
async def test_a_blip_is_bridged(reply: Reply, client: Client) -> None:
    async with ScriptedSqs(reply, ONE) as sqs:
        assert await receive_from(sqs, client) == 1
        assert len(sqs.asked) == 2


@pytest.mark.parametrize("reply", [LOST, error("RequestThrottled")], ids=["reset", "throttled"])
async def test_an_outage_is_given_up_after_three_attempts(reply: Reply, client: Client) -> None:
    async with ScriptedSqs(reply) as sqs:
        assert type(await raised_by(sqs, client)) is QueueUnavailable
        assert len(sqs.asked) == ATTEMPTS + DETOURS[client]


@pytest.mark.parametrize(
    "reply",
    [
        answer(b"<html>log in</html>"),
        answer(b""),
        answer(b"", status=204),
        answer([]),
        answer(b'{"Messages": '),
        answer(b'{"Body": "\xff"}'),
        answer({"Messages": 3}),
        answer({"Messages": [{"Body": "no receipt"}]}),
        answer({"Messages": [{"Body": "b", "Attributes": "none"}]}),
        answer([], status=400),
    ],
)
async def test_an_answer_that_is_not_sqs_is_never_taken_for_an_empty_queue(reply: Reply, client: Client) -> None:
    async with ScriptedSqs(reply) as sqs:
        assert isinstance(await raised_by(sqs, client), QueueUnavailable)


@pytest.mark.parametrize(
    ("reply", "kind", "advice"),
    [
        (
            error("QueueDoesNotExist", query_code="AWS.SimpleQueueService.NonExistentQueue"),
            QueueNotFound,
            "QUEUE_URL",
        ),
        (error("InvalidClientTokenId", status=403), QueueRefused, "AWS_ACCESS_KEY_ID"),
        (error("ExpiredToken", status=403), QueueRefused, "expired"),
        (error("AccessDenied", status=403), QueueRefused, "sqs:ReceiveMessage"),
        (error("KmsDisabled", query_code="KMS.DisabledException"), QueueRefused, "KMS key"),
        (answer(b"<html>", status=403), QueueRefused, "SQS_ENDPOINT_URL"),
    ],
    ids=["no queue", "keys", "expired", "denied", "key disabled", "a proxy"],
)
async def test_a_refusal_is_asked_once_and_says_what_to_do(
    reply: Reply, kind: type[QueueError], advice: str, client: Client
) -> None:
    async with ScriptedSqs(reply) as sqs:
        refusal = await raised_by(sqs, client)
        assert type(refusal) is kind
        assert advice in str(refusal)
        assert len(sqs.asked) == 1 + DETOURS[client]


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("AccessDenied", "sqs:DeleteMessage"),
        ("AccessDeniedException", "sqs:DeleteMessage"),
        ("KMS.AccessDeniedException", "kms:Decrypt"),
    ],
)
@pytest.mark.parametrize(
    "operation", ["ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch", "GetQueueAttributes"]
)
async def test_an_operation_that_is_not_allowed_is_refused_by_its_name(
    operation: str, code: str, hint: str, client: Client
) -> None:
    receipt = ReceiptHandle("r-0")
    async with (
        ScriptedSqs(error(code, status=403)) as sqs,
        sqs_queue(f"{sqs.url}/1/jobs", client=client) as queue,
    ):
        calls = {
            "ReceiveMessage": lambda: queue.receive(max_messages=1, wait=0, visibility=30),
            "DeleteMessageBatch": lambda: queue.delete([receipt]),
            "ChangeMessageVisibilityBatch": lambda: queue.change_visibility(
                [VisibilityChange(receipt=receipt, timeout=0)]
            ),
            "GetQueueAttributes": queue.describe,
        }
        with pytest.raises(QueueRefused, match=f"{operation}.*{code}.*{hint}"):
            await calls[operation]()


async def test_an_endpoint_that_nobody_listens_on_is_unavailable(client: Client) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with sqs_queue(f"http://127.0.0.1:{unused.getsockname()[1]}/1/jobs", client=client) as queue:
            with pytest.raises(QueueUnavailable, match="EndpointConnectionError"):
                await queue.receive(max_messages=10, wait=0, visibility=30)


async def test_an_answer_without_end_is_read_to_a_bound_and_asked_for_once(client: Client) -> None:
    sent, asked, gone = 0, 0, asyncio.Event()

    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent, asked
        await reader.readuntil(b"\r\n\r\n")
        asked += 1
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + b'{"Messages": [')
        try:
            while sent < 4 * MAX_ANSWER:
                writer.write(b" " * 1_048_576)
                await writer.drain()
                sent += 1_048_576
        except OSError:
            gone.set()
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(stream, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/1/jobs"
        async with sqs_queue(url, client=client) as queue:
            with pytest.raises(QueueUnavailable, match="longer than any"):
                await queue.receive(max_messages=10, wait=0, visibility=30)
        await asyncio.wait_for(gone.wait(), 10)
    assert asked == 1
    assert sent < 2 * MAX_ANSWER


async def test_a_silent_receive_ends_after_the_read_timeout_and_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    for module in ("short_path", "client"):
        monkeypatch.setattr(f"sqsd_adapters.queue.sqs.{module}.READ_TIMEOUT", 0.3)
    async with ScriptedSqs(Reply(b"", Then.STALL)) as sqs:
        with pytest.raises(QueueUnavailable, match=r"silent for 0\.3 seconds|ReadTimeoutError"):
            await asyncio.wait_for(receive_from(sqs, client), 10)
        assert len(sqs.asked) == 1


async def test_a_silent_receive_through_a_proxy_of_the_environment_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sqsd_adapters.queue.sqs.client.READ_TIMEOUT", 0.3)
    async with ScriptedSqs(Reply(b"", Then.STALL)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with sqs_queue("http://sqs.test/1/jobs") as queue:
            with pytest.raises(QueueUnavailable, match="ReadTimeoutError"):
                await asyncio.wait_for(queue.receive(max_messages=10, wait=0, visibility=30), 10)
        assert [asked.target for asked in proxy.asked] == ["http://sqs.test/"]


async def test_another_silent_call_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqsd_adapters.queue.sqs.client.READ_TIMEOUT", 0.3)
    stall = Reply(b"", Then.STALL)
    async with (
        ScriptedSqs(stall, answer({"Attributes": {"ApproximateNumberOfMessages": "7"}})) as sqs,
        sqs_queue(f"{sqs.url}/1/jobs") as queue,
    ):
        assert (await queue.describe()).visible == 7


async def test_a_slow_answer_is_read_as_long_as_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqsd_adapters.queue.sqs.short_path.READ_TIMEOUT", 1.0)
    asked, over = 0, asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readuntil(b"\r\n\r\n")
        asked += 1
        for place in range(0, len(ONE.raw), 30):
            await asyncio.sleep(0.3)
            writer.write(ONE.raw[place : place + 30])
        writer.close()
        await writer.wait_closed()
        over.set()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/1/jobs"
        async with sqs_queue(url, client="short") as queue:
            [message] = await queue.receive(max_messages=10, wait=0, visibility=30)
        await over.wait()
    assert (message.body, asked) == ("one", 1)


async def test_a_cancelled_receive_is_cancelled(client: Client) -> None:
    async with ScriptedSqs(Reply(b"", Then.STALL)) as sqs, sqs_queue(f"{sqs.url}/1/jobs", client=client) as queue:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await queue.receive(max_messages=10, wait=20, visibility=30)


async def test_a_delete_whose_answer_names_fewer_entries_returns_the_rest(client: Client) -> None:
    async with (
        ScriptedSqs(answer({"Successful": [{"Id": "1"}]})) as sqs,
        sqs_queue(f"{sqs.url}/1/jobs", client=client) as queue,
    ):
        [failure] = await queue.delete([ReceiptHandle("r-0"), ReceiptHandle("r-1")])
    assert (failure.receipt, failure.retryable) == ("r-0", True)


async def test_a_fifo_receive_whose_answer_is_lost_is_repeated_at_once_under_the_same_attempt_id(
    client: Client,
) -> None:
    async with ScriptedSqs(LOST, ONE) as sqs, sqs_queue(f"{sqs.url}/1/jobs.fifo", client=client) as queue:
        await queue.receive(max_messages=10, wait=0, visibility=30)
        lost, repeated = (asked.request for asked in sqs.asked)
    assert lost["ReceiveRequestAttemptId"]
    assert lost == repeated


async def test_a_fifo_receive_that_is_lost_for_good_is_repeated_by_a_later_one_as_it_was(client: Client) -> None:
    losses = ATTEMPTS + DETOURS[client]
    async with (
        ScriptedSqs(*[LOST] * losses, ONE) as sqs,
        sqs_queue(f"{sqs.url}/1/jobs.fifo", client=client) as queue,
    ):
        with pytest.raises(QueueUnavailable):
            await queue.receive(max_messages=5, wait=0, visibility=30)
        await queue.receive(max_messages=3, wait=0, visibility=60)
        await queue.receive(max_messages=10, wait=0, visibility=60)
        await queue.receive(max_messages=10, wait=0, visibility=60)
        lost, *_, smaller, repeated, after = (asked.request for asked in sqs.asked)
    assert repeated == lost
    ids = {request["ReceiveRequestAttemptId"] for request in (lost, smaller, after)}
    assert len(ids) == 3
    assert (smaller["MaxNumberOfMessages"], smaller["VisibilityTimeout"]) == (3, 60)


async def test_a_standard_queue_is_asked_without_an_attempt_id(client: Client) -> None:
    async with ScriptedSqs(EMPTY) as sqs:
        assert await receive_from(sqs, client) == 0
        assert "ReceiveRequestAttemptId" not in sqs.asked[0].request
