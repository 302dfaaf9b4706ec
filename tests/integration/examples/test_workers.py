"""The workers of examples/workers: each verifies the signature of a request and does each job once."""

import asyncio
import os
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from sqsd_adapters.cli.values.signing_secrets import new_secret, parse_secrets
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.invoker.http.invoker import HttpInvoker
from sqsd_adapters.transport.http11 import Http11Exchange
from sqsd_core.message import Message, MessageId, ReceiptHandle
from sqsd_core.outcome import Failed, Outcome, Succeeded
from tests.support.npm import folder_for, install
from tests.support.ports import unused_port

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

ROOT = Path(__file__).parents[3]
WORKERS = ROOT / "examples" / "workers"
SECRET, NEXT_SECRET = new_secret(), new_secret()
STARTED = 30.0  # seconds; Python imports a framework meanwhile, beside other tests
NPM = {"express": "5.3.0", "standardwebhooks": "1.1.1"}
UNSIGNED = Failed("status 401")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker that runs."""

    url: str
    shipments: Callable[[], list[str]]


def in_database(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "jobs.sqlite3")) as database:
        return [row[0] for row in database.execute("SELECT shipment FROM shipments")]


def in_files(folder: Path) -> list[str]:
    return [path.read_text().strip() for path in folder.iterdir()]


@asynccontextmanager
async def running(
    folder: Path, command: Sequence[str], port: int, shipments: Callable[[Path], list[str]], cwd: Path = ROOT
) -> AsyncIterator[Worker]:
    env = {
        "PATH": os.environ["PATH"],
        "WEBHOOK_SECRET": SECRET,
        "DATABASE": str(folder / "jobs.sqlite3"),
        "SHIPMENTS": str(folder),
        "PORT": str(port),
    }
    nothing = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*command, cwd=cwd, env=env, stdout=nothing, stderr=nothing)
    try:
        await _listening(port)
        yield Worker(url=f"http://127.0.0.1:{port}/", shipments=lambda: shipments(folder))
    finally:
        process.kill()
        await process.wait()


async def _listening(port: int) -> None:
    async with asyncio.timeout(STARTED):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                await writer.wait_closed()
                return


@pytest.fixture
async def worker(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Worker]:
    port, python = unused_port(), sys.executable
    match request.param:
        case "fastapi":
            app = "examples.workers.fastapi_worker:app"
            starting = running(tmp_path, [python, "-m", "uvicorn", app, "--port", str(port)], port, in_database)
        case "flask":
            app = "examples.workers.flask_worker"
            command = [python, "-m", "flask", "--app", app, "run", "--port", str(port)]
            starting = running(tmp_path, command, port, in_database)
        case "django":
            command = [python, str(WORKERS / "django_worker.py"), "runserver", str(port), "--noreload"]
            starting = running(tmp_path, command, port, in_database)
        case "wsgi":
            starting = running(tmp_path, [python, str(WORKERS / "wsgi_worker.py")], port, in_database)
        case "node":
            starting = running(tmp_path, ["node", str(WORKERS / "node_worker.mjs")], port, in_files)
        case "express":
            home = folder_for("node-workers", request, tmp_path_factory)
            install(home, NPM)
            shutil.copy(WORKERS / "express_worker.mjs", home)
            starting = running(tmp_path, ["node", "express_worker.mjs"], port, in_files, home)
        case _:
            starting = running(
                tmp_path, ["php", "-S", f"127.0.0.1:{port}", str(WORKERS / "worker.php")], port, in_files
            )
    async with starting as worker:
        yield worker


async def invoke(worker: Worker, *deliveries: Message, keys: Sequence[bytes]) -> list[Outcome]:
    async with Http11Exchange(url=worker.url, connections=1, connect_timeout=5.0) as exchange:
        invoker = HttpInvoker(
            exchange=exchange,
            clock=SystemClock(),
            queue_name="jobs",
            timeout=30.0,
            success=frozenset(range(200, 300)),
            content_type="application/json",
            signing_keys=keys,
            version="1.0",
        )
        return [await invoker.invoke(message) for message in deliveries]


def order(number: int) -> Message:
    message_id = MessageId(f"3b5c6a1e-0000-4000-8000-{number:012}")
    return Message(id=message_id, receipt=ReceiptHandle("r"), body=f'{{"order": {number}, "to": "Köln 🐝"}}')


each_worker = pytest.mark.parametrize(
    "worker",
    [
        "fastapi",
        "flask",
        "django",
        "wsgi",
        pytest.param("node", marks=pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")),
        pytest.param("express", marks=pytest.mark.skipif(shutil.which("npm") is None, reason="needs Node and npm")),
        pytest.param("php", marks=pytest.mark.skipif(shutil.which("php") is None, reason="needs PHP")),
    ],
    indirect=True,
)


@each_worker
async def test_a_message_that_is_delivered_twice_is_one_job(worker: Worker) -> None:
    keys = parse_secrets(f"{NEXT_SECRET},{SECRET}")
    assert await invoke(worker, order(7), order(7), order(8), keys=keys) == [Succeeded()] * 3
    assert sorted(worker.shipments()) == ["order 7", "order 8"]


@each_worker
async def test_a_request_without_a_signature_that_fits_is_refused(worker: Worker) -> None:
    assert await invoke(worker, order(7), keys=()) == [UNSIGNED]
    assert await invoke(worker, order(7), keys=parse_secrets(NEXT_SECRET)) == [UNSIGNED]
    assert not worker.shipments()
