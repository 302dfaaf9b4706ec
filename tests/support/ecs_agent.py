"""The task protection endpoint of an ECS agent, in the test's process."""

import json
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable

PATH = "/api/v1/task-protection/v1/state"
FIELDS = {"ProtectionEnabled", "ExpiresInMinutes"}
ARN = "arn:aws:ecs:eu-central-1:111122223333:task/jobs/1234567890abcdef0"
DENIED = {"requestID": "1", "error": {"Arn": ARN, "Code": "AccessDeniedException", "Message": "not authorized"}}


class EcsAgent:
    """Takes what the API takes, and refuses what it refuses; ``refusal`` is answered in place of a success."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        #: is called before each answer
        self.on_request: Callable[[], object] = list
        self.refusal: dict[str, Any] | None = None
        app = web.Application()
        app.router.add_put(PATH, self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def uri(self) -> str:
        """The value of ECS_AGENT_URI."""
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/api/v1"

    @property
    def changes(self) -> list[bool]:
        return [request["ProtectionEnabled"] for request in self.requests]

    async def _answer(self, request: web.Request) -> web.Response:
        document = json.loads(await request.text())
        self.requests.append(document)
        self.on_request()
        minutes = document.get("ExpiresInMinutes", 120)
        if set(document) - FIELDS or not 1 <= minutes <= 2_880 or request.content_type != "application/json":
            return web.json_response({"error": {"Code": "InvalidParameterException", "Message": "bad"}}, status=400)
        if self.refusal is not None:
            return web.json_response(self.refusal, status=400)
        enabled = document["ProtectionEnabled"]
        expires = {"ExpirationDate": "2026-11-26T09:00:00Z"} if enabled else {}
        return web.json_response({"protection": {**expires, "ProtectionEnabled": enabled, "TaskArn": ARN}})
