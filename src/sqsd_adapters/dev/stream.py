"""Server-sent events: all messages at first, then what changes, and the state of the tier whenever it differs."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

from aiohttp import web

from sqsd_adapters.dev.guard import HEADERS
from sqsd_adapters.dev.ledger import Changes, Ledger
from sqsd_adapters.dev.shown import row
from sqsd_adapters.dev.tier import Tier

TICK = 0.25  # seconds between two looks at the state, which time changes as well
PACE = 0.05  # seconds between two events; what changes meanwhile goes together
CHUNK = 500  # rows of one event
BEAT = 15.0  # seconds without an event until a comment finds out whether the reader is there
MOST = 32  # readers


class Stream:
    """One for all readers; each is told at its own pace."""

    def __init__(self, *, ledger: Ledger, tier: Tier, state: Callable[[], dict[str, Any]]) -> None:
        self._ledger, self._tier, self._state = ledger, tier, state
        self._readers = 0
        self._closed = False

    def close(self) -> None:
        """Let every reader go at the next tick."""
        self._closed = True

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Send events until the reader goes."""
        if self._readers >= MOST:
            raise web.HTTPServiceUnavailable(text="too many readers")
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        self._readers += 1
        try:
            await self._send_all(response)
        except ConnectionResetError:
            pass
        finally:
            self._readers -= 1
        return response

    async def _send_all(self, response: web.StreamResponse) -> None:
        version, state, silent = 0, "", 0.0
        while not self._closed:
            changes = self._ledger.since(version)
            events = [*self._rows(changes)]
            if (now := json.dumps(self._state())) != state:
                state = now
                events.append(_event("state", state))
            if not events and silent >= BEAT:
                events.append(": still here\n\n")
            for event in events:
                await response.write(event.encode())
            silent = 0.0 if events else silent + TICK
            version = changes.version
            await asyncio.sleep(PACE)
            await self._ledger.changed(since=version, within=TICK)

    def _rows(self, changes: Changes) -> Iterator[str]:
        dead = self._tier.dead_letter_queues
        rows = [row(life, dead) for life in changes.lives]
        for start in range(0, max(len(rows), changes.complete or bool(changes.forgotten)), CHUNK):
            fields = {
                "reset": changes.complete and start == 0,
                "rows": rows[start : start + CHUNK],
                "forgotten": changes.forgotten if start == 0 else [],
            }
            yield _event("messages", json.dumps(fields))


def _event(name: str, data: str) -> str:
    return f"event: {name}\ndata: {data}\n\n"
