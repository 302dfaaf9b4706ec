"""A Starlette app with the daemon inside, in its lifespan.

pip install starlette uvicorn
QUEUE_URL=... uvicorn examples.embedded_starlette:app
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sqsd import Message, Settings, Sqsd


class State(TypedDict):
    """What requests see as ``request.state``."""

    shipped: list[str]
    daemon: Sqsd


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[State]:  # noqa: ARG001 - as Starlette calls it
    shipped: list[str] = []

    async def ship(message: Message) -> None:
        shipped.append(message.body)

    async with Sqsd(Settings(), invoker=ship) as daemon:
        yield {"shipped": shipped, "daemon": daemon}


async def list_shipped(request: Request) -> JSONResponse:
    return JSONResponse(request.state.shipped)


app = Starlette(lifespan=lifespan, routes=[Route("/shipped", list_shipped)])
