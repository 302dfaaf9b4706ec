"""An HTTP worker in the test's process; the test sets its answers, and a ledger records each attempt."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self

from aiohttp import web

from tests.support.ledger import Attempt, Ledger

DAEMON_HEADER = "X-Daemon"
MAX_BODY = 2 * 1_048_576  # bytes; SQS's limit is 1 MiB, and a character of it may take more on the wire

#: does the work and returns the status to answer with
Job = Callable[[Attempt], Awaitable[int]]


async def succeed(attempt: Attempt) -> int:
    return 200


async def hang(attempt: Attempt) -> int:
    await asyncio.Event().wait()
    return 500


def after(opened: asyncio.Event) -> Job:
    """Succeed as soon as the gate is open."""

    async def job(attempt: Attempt) -> int:
        await opened.wait()
        return 200

    return job


def at_first(first: Job, then: Job = succeed) -> Job:
    """``first`` for a message's first delivery, ``then`` for all others."""

    async def job(attempt: Attempt) -> int:
        return await (first if attempt.receive_count == 1 else then)(attempt)

    return job


def lasting(seconds: float, status: int = 200) -> Job:
    async def job(attempt: Attempt) -> int:
        await asyncio.sleep(seconds)
        return status

    return job


def answering(status: int) -> Job:
    return lasting(0, status)


class RecordingWorker:
    """Listens on a free loopback port; ``job`` may be exchanged at any time. A daemon that hangs up ends its job."""

    def __init__(self, *, ledger: Ledger, job: Job = succeed) -> None:
        self.ledger = ledger
        self.job = job
        self.port = 0
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_post("/jobs", self._answer)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/jobs"

    async def _answer(self, request: web.Request) -> web.Response:
        body = (await request.read()).decode()
        attempt = self.ledger.begin(
            message_id=request.headers["X-Aws-Sqsd-Msgid"],
            receive_count=int(request.headers["X-Aws-Sqsd-Receive-Count"]),
            body=body,
            daemon=request.headers.get(DAEMON_HEADER, ""),
        )
        try:
            attempt.status = await self.job(attempt)
        finally:
            self.ledger.end(attempt)
        return web.Response(status=attempt.status)
