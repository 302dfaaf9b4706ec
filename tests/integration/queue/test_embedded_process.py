"""The embedded server as a process: its options, and what its file keeps when it is killed."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.embedded import Boto, EmbeddedProcess, embedded_process

pytestmark = pytest.mark.integration


@asynccontextmanager
async def client(*options: str) -> AsyncIterator[tuple[Boto, EmbeddedProcess]]:
    async with embedded_process(queues=[], options=options) as process:
        boto = Boto(process.url)
        try:
            yield boto, process
        finally:
            boto.close()


async def test_a_killed_process_has_kept_all_that_it_answered(tmp_path: Path) -> None:
    option = f"--file={tmp_path / 'queues.db'}"
    async with client(option) as (boto, process):
        url = (await boto("create_queue", QueueName="jobs", tags={"a": "1"}))["QueueUrl"]
        for number in range(20):
            await boto("send_message", QueueUrl=url, MessageBody=f"{number}")
        received = await boto("receive_message", QueueUrl=url, MaxNumberOfMessages=2, VisibilityTimeout=600)
        first, second = received["Messages"]
        await boto("delete_message", QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
        process.process.send_signal(signal.SIGKILL)
        await process.process.wait()
    async with client(option) as (boto, process):
        url = process.queue_url("jobs")
        assert (await boto("list_queue_tags", QueueUrl=url))["Tags"] == {"a": "1"}
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        shown = await boto("get_queue_attributes", QueueUrl=url, AttributeNames=names)
        assert [shown["Attributes"][name] for name in names] == ["18", "1"]
        await boto("delete_message", QueueUrl=url, ReceiptHandle=second["ReceiptHandle"])
        shown = await boto("get_queue_attributes", QueueUrl=url, AttributeNames=names)
        assert shown["Attributes"][names[1]] == "0"


async def test_a_file_in_use_ends_the_start_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "queues.db"
    async with client(f"--file={path}"):
        code, errors = await failing(f"--file={path}")
    assert code == 2
    assert errors == f"cannot use the file {path}: another process uses it\n"


async def test_region_and_account_stand_in_arns_and_urls() -> None:
    async with client("--region=eu-central-1", "--account=123456789012") as (boto, process):
        url = (await boto("create_queue", QueueName="jobs"))["QueueUrl"]
        shown = await boto("get_queue_attributes", QueueUrl=url, AttributeNames=["QueueArn"])
    assert url == f"{process.url}/123456789012/jobs"
    assert shown["Attributes"]["QueueArn"] == "arn:aws:sqs:eu-central-1:123456789012:jobs"


async def test_a_relaxed_server_purges_at_any_time() -> None:
    async with client("--relaxed") as (boto, _):
        url = (await boto("create_queue", QueueName="jobs"))["QueueUrl"]
        for _ in range(2):
            await boto("purge_queue", QueueUrl=url)


@pytest.mark.parametrize("option", ["--region=moon", "--account=12", "--port=65536", "--redrive=jobs:dead"])
async def test_an_option_that_makes_no_sense_is_named(option: str) -> None:
    code, errors = await failing(option)
    assert code == 2
    assert option.partition("=")[0] in errors


async def failing(option: str) -> tuple[int | None, str]:
    """Start a server that does not start."""
    process = await asyncio.create_subprocess_exec(
        *EmbeddedProcess.command, option, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    _, errors = await asyncio.wait_for(process.communicate(), timeout=20)
    return process.returncode, errors.decode()
