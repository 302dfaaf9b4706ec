"""Signed requests of the daemon as a process, verified by the library that a worker would use."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from standardwebhooks import Webhook

from sqsd_adapters.cli.values.signing_secrets import new_secret
from tests.integration.cli.conftest import House, house
from tests.support.command import command, run, until

pytestmark = pytest.mark.integration

__all__ = ["house"]

SECRET, NEXT_SECRET = new_secret(), new_secret()
BODIES = ('{"order": 7}', "Köln 🐝\n", "x" * 300_000)


@dataclass(slots=True)
class Verifier:
    """A worker that accepts what the library accepts with either secret, and nothing else."""

    port: int = 0
    accepted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    health_checks: list[set[str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            self.health_checks.append({name.lower() for name in request.headers if name.lower().startswith("webhook-")})
            return web.Response()
        body = await request.text()
        try:
            for secret in (SECRET, NEXT_SECRET):
                Webhook(secret).verify(body, dict(request.headers), json_parse=False)
        except Exception as error:  # noqa: BLE001 - whatever it is, the request is not accepted
            self.refused.append(repr(error))
            return web.Response(status=401)
        self.accepted.append(body)
        return web.Response()


@asynccontextmanager
async def verifying() -> AsyncIterator[Verifier]:
    verifier, app = Verifier(), web.Application(client_max_size=2_000_000)
    app.router.add_route("*", "/jobs", verifier.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        verifier.port = runner.addresses[0][1]
        yield verifier
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("client", ["http11", "httpx"])
async def test_each_request_is_signed_with_each_secret_and_no_health_check_is(house: House, client: str) -> None:
    async with verifying() as worker:
        url = f"http://127.0.0.1:{worker.port}/jobs"
        env = {
            **house.env,
            "INVOKER_URL": url,
            "INVOKER_HEALTHCHECK_URL": url,
            "INVOKER_CLIENT": client,
            "INVOKER_SIGNING_SECRET": f"{SECRET},{NEXT_SECRET}",
        }
        async with command(env=env) as daemon:
            await daemon.until("queue found")
            for body in BODIES:
                house.queue.send(body)
            async with asyncio.timeout(20):
                await until(lambda: worker.refused or len(worker.accepted) == len(BODIES))
            ended = await daemon.drained()
    assert not worker.refused
    assert sorted(worker.accepted) == sorted(BODIES)
    assert worker.health_checks
    assert not any(worker.health_checks)
    assert all(secret not in ended.stdout + ended.stderr for secret in (SECRET, NEXT_SECRET, SECRET[6:]))


async def test_the_command_prints_a_secret_that_the_configuration_accepts_and_masks() -> None:
    printed = await run("secret")
    secret = printed.stdout.strip()
    env = {"QUEUE_URL": "memory://jobs", "INVOKER_URL": "http://127.0.0.1/", "INVOKER_SIGNING_SECRET": secret}
    shown = await run("config", env=env)
    assert (printed.code, shown.code) == (0, 0)
    assert "INVOKER_SIGNING_SECRET=***" in shown.stdout
    assert secret not in shown.stdout + shown.stderr
