"""A FastAPI app with an embedded daemon, as a process under uvicorn, is told to stop under load."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from tests.support.command import CREDENTIALS, until
from tests.support.embedded import Boto, embedded_server

ROOT = Path(__file__).parents[3]
MESSAGES = 300
GRACE = 10.0  # seconds; a drain here takes well under one


@asynccontextmanager
async def web_app(*, queue_url: str, ledger: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "us-east-1",
        **CREDENTIALS,
        "QUEUE_URL": queue_url,
        "LEDGER": str(ledger),
    }
    arguments = ("--port=0", "--log-level=warning", f"--timeout-graceful-shutdown={GRACE:.0f}")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "uvicorn", "tests.support.web_app:app", *arguments, env=environment, cwd=ROOT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_app_drains_on_sigterm_under_load_within_its_grace_and_loses_nothing(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    ledger.touch()
    async with embedded_server(queues=["jobs"]) as server:
        boto = Boto(server.url)
        try:
            await send_all(boto, queue_url(server))
            async with web_app(queue_url=queue_url(server), ledger=ledger) as process:
                await until(lambda: len(done(ledger)) >= MESSAGES // 6)
                process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(GRACE):
                    await process.wait()

            left = await counts(boto, queue_url(server))
        finally:
            boto.close()

    succeeded = done(ledger)
    assert len(succeeded) < MESSAGES, "it ended before the signal"
    assert len(set(succeeded)) == len(succeeded)
    assert left == {"visible": MESSAGES - len(succeeded), "in flight": 0}


def queue_url(server: EmbeddedSqsServer) -> str:
    return f"{server.url}/000000000000/jobs"


def done(ledger: Path) -> list[str]:
    return ledger.read_text().splitlines()


async def send_all(boto: Boto, url: str) -> None:
    for first in range(0, MESSAGES, 10):
        entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(first, first + 10)]
        await boto("send_message_batch", QueueUrl=url, Entries=entries)


async def counts(boto: Boto, url: str) -> dict[str, int]:
    names = {"visible": "ApproximateNumberOfMessages", "in flight": "ApproximateNumberOfMessagesNotVisible"}
    answer = await boto("get_queue_attributes", QueueUrl=url, AttributeNames=["All"])
    return {name: int(answer["Attributes"][attribute]) for name, attribute in names.items()}
