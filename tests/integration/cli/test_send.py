"""``sqsd send`` against the embedded SQS."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from tests.support.command import CREDENTIALS, command, run
from tests.support.embedded import Boto, embedded_server
from tests.support.moto import create_queue, moto_server, sqs_client

pytestmark = pytest.mark.integration


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedSqsServer]:
    async with embedded_server(queues=["jobs", "other"]) as server:
        server.sqs.engine.create_queue("jobs.fifo", {"FifoQueue": "true"}, now=server.sqs.now())
        yield server


def environment(server: EmbeddedSqsServer, queue: str = "jobs") -> dict[str, str]:
    return {**CREDENTIALS, "AWS_REGION": "us-east-1", "QUEUE_URL": server.queue_url(queue)}


async def received(server: EmbeddedSqsServer, queue: str = "jobs") -> dict[str, object]:
    boto = Boto(server.url)
    answer = await boto(
        "receive_message",
        QueueUrl=server.queue_url(queue),
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
    )
    boto.close()
    message: dict[str, object] = answer["Messages"][0]
    return message


async def test_the_message_is_sent_with_its_attributes_and_its_id_is_printed(server: EmbeddedSqsServer) -> None:
    ended = await run("send", "hello", "--attribute", "kind=test", "--attribute", "n:Number=4", env=environment(server))
    message = await received(server)
    assert (ended.code, ended.stdout.strip()) == (0, message["MessageId"])
    assert message["Body"] == "hello"
    assert message["MessageAttributes"] == {
        "kind": {"DataType": "String", "StringValue": "test"},
        "n": {"DataType": "Number", "StringValue": "4"},
    }


async def test_the_message_may_come_from_a_file_and_the_queue_by_its_name(
    server: EmbeddedSqsServer, tmp_path: Path
) -> None:
    file = tmp_path / "message.json"
    file.write_text('{"a": 1}', encoding="utf-8")
    ended = await run("send", "--file", str(file), "--queue", "other", "--json", env=environment(server))
    message = await received(server, "other")
    assert json.loads(ended.stdout) == {"queue": "other", "message_id": message["MessageId"]}
    assert message["Body"] == '{"a": 1}'


async def test_the_message_may_come_from_stdin(server: EmbeddedSqsServer) -> None:
    async with command("send", "-", env=environment(server), stdin=asyncio.subprocess.PIPE) as running:
        assert running.process.stdin is not None
        running.process.stdin.write("grüße\n".encode())
        running.process.stdin.close()
        assert (await running.ended()).code == 0
    assert (await received(server))["Body"] == "grüße\n"


async def test_a_fifo_queue_gets_the_group_and_a_deduplication_id_of_its_own(server: EmbeddedSqsServer) -> None:
    for _ in range(2):
        assert (await run("send", "same", "--group", "g", env=environment(server, "jobs.fifo"))).code == 0
    assert server.sqs.engine.counts("jobs.fifo", now=server.sqs.now()).visible == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["hi", "--delay", "1h"], "at most 15 minutes"),
        (["hi", "--delay", "soon"], "expected a duration"),
        (["hi", "--attribute", "kind=a", "--attribute", "kind=b"], "--attribute kind: given twice"),
        (["hi", "--attribute", "kind"], "expected NAME=VALUE"),
        (["hi", "--file", "x"], "not both"),
        (["--file", "no/such/file"], "No such file"),
        ([""], "the message is empty"),
        (["hi", "--queue", "memory://jobs"], "inside the daemon's own process"),
        (["hi", "--queue", "nowhere"], "the queue nowhere does not exist"),
        (["hi", "--queue", "jobs.fifo"], "a FIFO queue needs a message group"),
        (["hi", "--queue", "jobs.fifo", "--group", "g", "--delay", "1s"], "no delay per message"),
        (["hi", "--deduplication-id", "1"], "only FIFO queues deduplicate"),
        (["a\x01b"], "InvalidMessageContents"),
    ],
)
async def test_a_mistake_is_named_and_ends_with_2(server: EmbeddedSqsServer, arguments: list[str], reason: str) -> None:
    ended = await run("send", *arguments, env=environment(server))
    assert ended.code == 2
    assert reason in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_an_endpoint_that_does_not_answer_ends_with_1() -> None:
    env = {**CREDENTIALS, "AWS_REGION": "us-east-1", "QUEUE_URL": "http://127.0.0.1:9/123456789012/jobs"}
    ended = await run("send", "hi", env=env)
    assert (ended.code, "SQS does not answer" in ended.stderr) == (1, True)


async def test_moto_takes_the_message_as_well() -> None:
    with moto_server() as url, sqs_client(url) as client:
        queue = await asyncio.to_thread(create_queue, client, "send-jobs")
        env = {**CREDENTIALS, "AWS_REGION": "eu-west-1", "QUEUE_URL": queue}
        assert (await run("send", "hello", env=env)).code == 0
        answer = await asyncio.to_thread(client.receive_message, QueueUrl=queue)
    assert answer["Messages"][0]["Body"] == "hello"
