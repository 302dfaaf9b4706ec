"""A Starlette app with the daemon inside: it starts with the app, and drains when the app shuts down."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from sqsd import Message, Settings, Sqsd


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    app.state.shipped = []

    async def ship(message: Message) -> None:
        app.state.shipped.append(message.body)

    async with Sqsd(Settings(INVOKER_PARALLEL_COUNT=16), invoker=ship):
        yield


app = Starlette(lifespan=lifespan)
