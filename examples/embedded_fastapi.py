"""A FastAPI app with the daemon inside: it starts with the app, and drains when the app shuts down.

    pip install fastapi uvicorn
    QUEUE_URL=... uvicorn examples.embedded_fastapi:app

Give the server as much time to stop as a job may take: ``--timeout-graceful-shutdown``.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response

from sqsd import Message, Settings, Sqsd


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.shipped = []

    async def ship(message: Message) -> None:
        app.state.shipped.append(message.body)

    async with Sqsd(Settings(INVOKER_PARALLEL_COUNT=16), invoker=ship) as daemon:
        app.state.daemon = daemon
        yield


app = FastAPI(lifespan=lifespan)


@app.get("/shipped")
async def shipped(request: Request) -> list[str]:
    bodies: list[str] = request.app.state.shipped
    return bodies


@app.get("/readyz")
async def ready(request: Request) -> Response:
    """For the load balancer: 503 once the daemon has crashed, or while it cannot receive."""
    daemon: Sqsd = request.app.state.daemon
    return Response(status_code=200 if daemon.failed is None and daemon.snapshot().ready else 503)
