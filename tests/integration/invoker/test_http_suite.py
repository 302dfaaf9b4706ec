"""The suite of invokers over HTTP, with both transports."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from sqsd_adapters.invoker.http.invoker import HttpInvoker
from sqsd_adapters.testing.invoker_suite import InvokerSuite, SuiteJob
from tests.support.http_invoker import Transport, invoker_for

pytestmark = pytest.mark.integration

MAX_BODY = 2 * 1_048_576


class TestHttp(InvokerSuite):
    @pytest.fixture
    async def invoker(self, job: SuiteJob, transport: Transport) -> AsyncIterator[HttpInvoker]:
        async def answer(request: web.Request) -> web.Response:
            try:
                await job((await request.read()).decode())
            except RuntimeError:
                return web.Response(status=500)
            return web.Response()

        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_post("/", answer)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
        async with invoker_for(transport, url, connections=self.slots) as invoker:
            yield invoker
        await runner.cleanup()
