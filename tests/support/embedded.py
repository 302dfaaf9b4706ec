"""The embedded SQS as a server, in this process or as a child, with queues and fault switches."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from itertools import count
from typing import Any
from urllib.request import Request, urlopen

import boto3  # type: ignore[import-untyped]  # boto3 ships no types
from botocore.config import Config

from sqsd_adapters.queue.embedded.engine import Engine
from sqsd_adapters.queue.embedded.faults import Fault
from sqsd_adapters.queue.embedded.redrive import redrive_to
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer

Redrive = tuple[str, str, int]


@asynccontextmanager
async def embedded_server(
    *,
    queues: Iterable[str] = ("jobs",),
    redrive: Redrive | None = None,
    cancel_abandoned_polls: bool = False,
) -> AsyncIterator[EmbeddedSqsServer]:
    """The server in this process and loop; ``redrive`` is (queue, dead-letter queue, receives)."""
    server = EmbeddedSqsServer(cancel_abandoned_polls=cancel_abandoned_polls)
    now = server.sqs.now()
    for name in queues:
        server.sqs.engine.create_queue(name, now=now)
    if redrive is not None:
        name, dead_letters, receives = redrive
        server.sqs.engine.create_queue(dead_letters, now=now)
        server.sqs.engine.set_attributes(name, redrive_to(dead_letters, receives), now=now)
    async with server:
        yield server


class Boto:
    """boto3, which blocks, in threads; it sends each request once."""

    def __init__(self, url: str, client: Any = None) -> None:
        self._client = client or boto3.client(
            "sqs",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
            aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            config=Config(retries={"total_max_attempts": 1}, read_timeout=30, connect_timeout=5),
        )

    async def __call__(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """The answer without its metadata."""
        answer: dict[str, Any] = await asyncio.to_thread(getattr(self._client, operation), **parameters)
        answer.pop("ResponseMetadata")
        return answer

    def close(self) -> None:
        self._client.close()


class EmbeddedProcess:
    """The server as a child; its admin calls block, so call them from a thread or between awaits."""

    command = (sys.executable, "-m", "sqsd_adapters.queue.embedded")

    def __init__(self, *, url: str, process: asyncio.subprocess.Process) -> None:
        self.url = url
        self.process = process

    def queue_url(self, name: str) -> str:
        return f"{self.url}/000000000000/{name}"

    def add_faults(self, *faults: Fault) -> None:
        self._admin("POST", "/_faults", [fault.to_json() for fault in faults])

    def clear_faults(self) -> None:
        self._admin("DELETE", "/_faults")

    def calls(self) -> dict[str, int]:
        """Calls by operation."""
        calls: dict[str, int] = self._admin("GET", "/_calls")
        return calls

    def _admin(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.url + path, data=data, method=method), timeout=10) as answer:
            return json.load(answer)


@asynccontextmanager
async def embedded_process(
    *,
    queues: Iterable[str] = ("jobs",),
    redrive: Redrive | None = None,
    port: int = 0,
    options: Iterable[str] = (),
) -> AsyncIterator[EmbeddedProcess]:
    """The server as a process of its own, ended by SIGTERM."""
    names = [*queues, *([redrive[1]] if redrive and redrive[1] not in queues else [])]
    arguments = [f"--queue={name}" for name in names]
    if redrive is not None:
        arguments.append(f"--redrive={redrive[0]}:{redrive[1]}:{redrive[2]}")
    process = await asyncio.create_subprocess_exec(
        *EmbeddedProcess.command,
        f"--port={port}",
        *arguments,
        *options,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            url = (await process.stdout.readline()).decode().strip()
        assert url, "the embedded SQS did not start"
        yield EmbeddedProcess(url=url, process=process)
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(5):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def numbered_engine(**queues: Mapping[str, str]) -> Engine:
    """An engine whose message ids are 1, 2, 3 …; ``jobs_fifo`` stands for ``jobs.fifo``."""
    ids = count(1)
    engine = Engine(new_id=lambda: str(next(ids)))
    for name, attributes in queues.items():
        engine.create_queue(name.replace("_fifo", ".fifo"), attributes, now=0)
    return engine
