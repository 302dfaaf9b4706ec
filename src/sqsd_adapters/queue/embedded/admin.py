"""The server's back door for tests: fault switches and counters over HTTP, for loopback only."""

import json
from collections.abc import Awaitable, Callable
from ipaddress import ip_address

from aiohttp import web

from sqsd_adapters.queue.embedded.faults import Fault, Faults

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def admin_routes(faults: Faults) -> list[web.RouteDef]:
    """``POST /_faults`` takes one fault or a list, ``DELETE`` switches all off; ``/_calls`` counts by operation."""

    async def show_faults(_request: web.Request) -> web.Response:
        return web.json_response([fault.to_json() for fault in faults.active])

    async def add_faults(request: web.Request) -> web.Response:
        try:
            given = json.loads(await request.read())
            added = [Fault.from_json(fields) for fields in (given if isinstance(given, list) else [given])]
        except (ValueError, TypeError, AttributeError) as error:
            return web.json_response({"message": str(error)}, status=400)
        faults.add(*added)
        return await show_faults(request)

    async def clear_faults(request: web.Request) -> web.Response:
        faults.clear()
        return await show_faults(request)

    async def show_calls(_request: web.Request) -> web.Response:
        return web.json_response(dict(faults.calls))

    async def forget_calls(request: web.Request) -> web.Response:
        faults.calls.clear()
        return await show_calls(request)

    return [
        web.get("/_faults", _loopback_only(show_faults)),
        web.post("/_faults", _loopback_only(add_faults)),
        web.delete("/_faults", _loopback_only(clear_faults)),
        web.get("/_calls", _loopback_only(show_calls)),
        web.delete("/_calls", _loopback_only(forget_calls)),
    ]


def _loopback_only(handler: _Handler) -> _Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        if request.remote is None or not ip_address(request.remote).is_loopback:
            raise web.HTTPForbidden
        return await handler(request)

    return guarded
