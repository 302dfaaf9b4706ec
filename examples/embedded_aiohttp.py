"""An aiohttp app with the daemon inside, in its cleanup context.

pip install aiohttp
QUEUE_URL=... python -m aiohttp.web examples.embedded_aiohttp:make_app
"""

from collections.abc import AsyncIterator, Sequence

from aiohttp import web

from sqsd import Message, Settings, Sqsd

SHIPPED = web.AppKey("SHIPPED", list[str])


async def daemon(app: web.Application) -> AsyncIterator[None]:
    async def ship(message: Message) -> None:
        app[SHIPPED].append(message.body)

    async with Sqsd(Settings(), invoker=ship):
        yield


async def list_shipped(request: web.Request) -> web.Response:
    return web.json_response(request.app[SHIPPED])


def make_app(arguments: Sequence[str] = ()) -> web.Application:  # noqa: ARG001 - as aiohttp calls it
    app = web.Application()
    app[SHIPPED] = []
    app.router.add_get("/shipped", list_shipped)
    app.cleanup_ctx.append(daemon)
    return app
