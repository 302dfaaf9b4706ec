"""What the page and ``sqsd dev --trigger`` can ask for, as JSON over HTTP."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sqsd_adapters.dev.guard import HEADERS
from sqsd_adapters.dev.ledger import Ledger
from sqsd_adapters.dev.shown import Json, whole
from sqsd_adapters.dev.tier import Tier
from sqsd_adapters.dev.torture import Torture
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.embedded.errors import SqsError
from sqsd_adapters.queue.embedded.parameters import message_attributes, number, optional_text, text
from sqsd_adapters.queue.embedded.stored import Sending

#: what a request asks for, from its fields to the answer's
Act = Callable[[Json], Awaitable[Json]]


class Api:
    """Each path under ``/api/`` is a method here; ``pause`` is told whether to pause or to resume."""

    def __init__(self, *, tier: Tier, ledger: Ledger, torture: Torture, pause: Callable[[bool], None]) -> None:
        self._tier, self._ledger, self._torture, self._pause = tier, ledger, torture, pause

    def routes(self) -> list[web.RouteDef]:
        acts: dict[str, Act] = {
            "send": self._send,
            "run": self._run_now,
            "delete": self._delete,
            "bury": self._bury,
            "redrive": self._redrive,
            "purge": self._purge,
            "switch": self._switch,
            "clear-faults": self._clear_faults,
            "pause": self._pause_or_resume,
            "trigger": self._trigger,
            "torture": self._run_torture,
        }
        posts = [web.post(f"/api/{name}", _answering(act)) for name, act in acts.items()]
        return [*posts, web.get("/api/messages/{id}", self._message)]

    async def _message(self, request: web.Request) -> web.Response:
        life = self._ledger.find(request.match_info["id"])
        if life is None:
            return _reply({"error": "This message is not remembered."}, status=404)
        return _reply(whole(life, self._tier.dead_letter_queues))

    async def _send(self, fields: Json) -> Json:
        return {"id": self._tier.send(text(fields, "queue"), _sending(fields))}

    async def _run_now(self, fields: Json) -> Json:
        self._tier.run_now(text(fields, "id"))
        return {}

    async def _delete(self, fields: Json) -> Json:
        self._tier.delete(text(fields, "id"))
        return {}

    async def _bury(self, fields: Json) -> Json:
        self._tier.bury(text(fields, "id"))
        return {}

    async def _redrive(self, fields: Json) -> Json:
        return {"moved": self._tier.redrive(text(fields, "queue"))}

    async def _purge(self, fields: Json) -> Json:
        self._tier.purge(text(fields, "queue"))
        return {}

    async def _switch(self, fields: Json) -> Json:
        self._tier.switch(text(fields, "name"), on=bool(fields.get("on")))
        return {}

    async def _clear_faults(self, _fields: Json) -> Json:
        self._tier.clear_faults()
        return {}

    async def _pause_or_resume(self, fields: Json) -> Json:
        self._pause(bool(fields.get("on")))
        return {}

    async def _trigger(self, fields: Json) -> Json:
        return {"id": self._tier.trigger(text(fields, "name"))}

    async def _run_torture(self, fields: Json) -> Json:
        if self._torture.running:
            raise ConfigurationError("A torture is running already.")
        queue = text(fields, "queue")
        if queue not in self._tier.served:
            raise ConfigurationError(f"No worker receives from {queue}.")
        report = await self._torture.run(queue, _sending(fields))
        return report.to_json()


def _sending(fields: Json) -> Sending:
    given = fields.get("attributes") or []
    attributes = {
        str(each.get("name", "")): {
            "DataType": each.get("type", "String"),
            ("BinaryValue" if str(each.get("type", "")).startswith("Binary") else "StringValue"): each.get("value"),
        }
        for each in given
        if isinstance(each, dict)
    }
    return Sending(
        body=text(fields, "body"),
        attributes=message_attributes(attributes),
        group_id=optional_text(fields, "group") or None,
        deduplication_id=optional_text(fields, "deduplication") or None,
        delay=number(fields, "delay"),
    )


def _answering(act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            fields: Any = json.loads(await request.read())
            if not isinstance(fields, dict):
                return _reply({"error": "Expected a JSON object."}, status=400)
            return _reply(await act(fields))
        except (SqsError, ConfigurationError) as error:
            return _reply({"error": str(error)}, status=400)
        except ValueError:
            return _reply({"error": "The request is not valid JSON."}, status=400)
        except KeyError:
            return _reply({"error": "It is not there any more."}, status=404)

    return handle


def _reply(fields: Json, *, status: int = 200) -> web.Response:
    return web.json_response(fields, status=status, headers=HEADERS)
