"""An aiohttp app with the daemon inside: it starts with the app, and drains when the app is cleaned up."""

from collections.abc import AsyncIterator

from aiohttp import web

from sqsd import Message, Settings, Sqsd

SHIPPED = web.AppKey("shipped", list[str])


async def daemon(app: web.Application) -> AsyncIterator[None]:
    async def ship(message: Message) -> None:
        app[SHIPPED].append(message.body)

    async with Sqsd(Settings(INVOKER_PARALLEL_COUNT=16), invoker=ship):
        yield


def application() -> web.Application:
    app = web.Application()
    app[SHIPPED] = []
    app.cleanup_ctx.append(daemon)
    return app
