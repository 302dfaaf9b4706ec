"""The three processes of the demo, started in the order in which they depend on each other."""

import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from aiobotocore.session import get_session

from examples.demo.child import Child
from examples.demo.screen import Screen
from examples.demo.stage import Disproved, Stage
from sqsd_adapters.monitor.client import MonitorClient

if TYPE_CHECKING:
    from types_aiobotocore_sqs import SQSClient

WORKER = Path(__file__).parent.parent / "worker.py"
SQSD = Path(sys.executable).parent / "sqsd"
REGION = "us-east-1"
MAX_RECEIVES = 3
#: the embedded SQS accepts any
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo"}


@asynccontextmanager
async def open_stage(screen: Screen) -> AsyncIterator[Stage]:
    """Start the processes; stop them all at the end, the daemon first."""
    stage = Stage(screen=screen)
    async with AsyncExitStack() as stack:
        queue = await stack.enter_async_context(_queue())
        stage.endpoint = await _first_line(queue, "the queue")
        worker = await stack.enter_async_context(_worker(stage))
        worker_url = str(json.loads(await _first_line(worker, "the worker"))["url"])
        stage.sqs = await stack.enter_async_context(_client(stage))
        folder = stack.enter_context(TemporaryDirectory(prefix="sqsd-demo-"))
        env_file = _env_file(Path(folder), stage.url("demo"), worker_url)
        stage.daemon = await stack.enter_async_context(_daemon(stage, env_file))
        await stage.until("the daemon starts", lambda: _listens(stage))
        stage.monitor = await stack.enter_async_context(MonitorClient(address=stage.monitor_address))
        screen.cast(
            {
                "queue": f"{stage.url('demo')} (embedded SQS; dead-letter queue after {MAX_RECEIVES} receives)",
                "worker": f"{worker_url} (examples/worker.py)",
                "sqsd": f"process {stage.daemon.pid}, monitor on {stage.monitor_address}",
            }
        )
        screen.file("sqsd -e demo.env", env_file.read_text())
        yield stage


def _queue() -> Child:
    redrive = f"demo:demo-dead:{MAX_RECEIVES}"
    queues = ("--queue", "demo-dead", "--queue", "demo", "--redrive", redrive)
    command = (sys.executable, "-m", "sqsd_adapters.queue.embedded", *queues)
    return Child(command=command, environment=_environment(), on_line=lambda _: None)


def _worker(stage: Stage) -> Child:
    return Child(command=(sys.executable, WORKER), environment=_environment(), on_line=stage.hear_worker)


def _daemon(stage: Stage, env_file: Path) -> Child:
    environment = _environment(**CREDENTIALS, LOG_FORMAT="json")
    return Child(command=(SQSD, "-e", env_file), environment=environment, on_line=stage.hear_daemon)


def _client(stage: Stage) -> "AbstractAsyncContextManager[SQSClient]":
    return get_session().create_client(
        "sqs",
        region_name=REGION,
        endpoint_url=stage.endpoint,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def _env_file(folder: Path, queue_url: str, worker_url: str) -> Path:
    settings = {
        "QUEUE_URL": queue_url,
        "AWS_REGION": REGION,
        "INVOKER_URL": worker_url,
        "INVOKER_PARALLEL_COUNT": "4",
        "VISIBILITY_TIMEOUT": "4s",
        "ERROR_VISIBILITY_TIMEOUT": "1s",
        "ERROR_VISIBILITY_TIMEOUT_MAX": "1s",
        "FETCHER_WAIT_TIME": "1s",
        "MONITORING_PORT": "0",  # a free one
    }
    path = folder / "demo.env"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    return path


def _environment(**more: str) -> dict[str, str]:
    """The variables that a process needs, without any that would configure it."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | more


async def _first_line(child: Child, name: str) -> str:
    try:
        return await child.first_line()
    except TimeoutError:
        raise Disproved(f"{name} starts") from None


async def _listens(stage: Stage) -> bool:
    if stage.daemon.ended:
        raise Disproved("\n".join(["the daemon starts", *stage.daemon.tail]))
    return bool(stage.monitor_address)
