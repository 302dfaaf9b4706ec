"""The server of the page: static files of this package, the API and the stream of events, on loopback."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from aiohttp import web

from sqsd_adapters.dev.api import Api
from sqsd_adapters.dev.guard import HEADERS, Guard
from sqsd_adapters.dev.stream import Stream
from sqsd_adapters.errors import AddressInUse

PAGE = Path(__file__).parent / "page"
TYPES: Mapping[str, str] = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
MAX_REQUEST = 16 * 1_048_576  # bytes; a message of 1 MiB whose every character is escaped in JSON
SHUTDOWN = 1.0  # seconds that requests under way get


class Site:
    """Serves while it is open. The page carries ``token``, which every request to the API must have."""

    def __init__(self, *, api: Api, stream: Stream, token: str, host: str = "127.0.0.1", port: int = 0) -> None:
        self._stream = stream
        self._host, self._port = host, port
        self._index = (PAGE / "index.html").read_text().replace("{{token}}", token)
        self._files = {path.name: path for path in PAGE.iterdir() if path.suffix in TYPES}
        app = web.Application(client_max_size=MAX_REQUEST, middlewares=[Guard(host=host, token=token).admit])
        app.add_routes(
            [
                web.get("/", self._show_index),
                web.get("/page/{name}", self._show_file),
                web.get("/api/events", stream.serve),
                *api.routes(),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise AddressInUse.of(error, host=self._host, port=self._port, option="--page-port") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stream.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}/"

    async def _show_index(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._index, content_type="text/html", headers=HEADERS)

    async def _show_file(self, request: web.Request) -> web.Response:
        path = self._files.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        return web.Response(body=path.read_bytes(), headers={**HEADERS, "Content-Type": TYPES[path.suffix]})
