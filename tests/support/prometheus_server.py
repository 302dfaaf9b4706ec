"""Debian's prometheus as a child process that scrapes one daemon and evaluates our alert rules."""

import asyncio
import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp

from tests.support.monitoring import RULES
from tests.support.redis_server import free_port

START_TIMEOUT = 20.0  # seconds; it takes half a second on an idle machine


class PrometheusServer:
    """Listens on a free loopback port, and looks at ``target`` every second."""

    def __init__(self, *, directory: Path, target: int) -> None:
        self._config = directory / "prometheus.json"
        self._data = directory / "data"
        self._target = target
        self._port = free_port()
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # YAML includes JSON
        self._config.write_text(json.dumps(self._settings))
        self._process = await asyncio.create_subprocess_exec(
            "prometheus",
            f"--config.file={self._config}",
            f"--storage.tsdb.path={self._data}",
            f"--web.listen-address=127.0.0.1:{self._port}",
            "--log.level=error",
        )
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        async with asyncio.timeout(START_TIMEOUT):
            while not await self._is_ready():  # noqa: ASYNC110 - no event tells of it
                await asyncio.sleep(0.05)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
        if self._process is not None:
            self._process.kill()
            await self._process.wait()

    async def ask(self, path: str, **parameters: str) -> Any:
        """What ``/api/v1/PATH`` answers; an error of Prometheus fails the test."""
        assert self._session is not None
        async with self._session.get(f"http://127.0.0.1:{self._port}/api/v1/{path}", params=parameters) as answer:
            said = await answer.json()
        assert said["status"] == "success", (parameters, said)
        return said["data"]

    async def series(self, expression: str, *, start: float, end: float) -> list[dict[str, Any]]:
        """The series of an expression, with a value per second."""
        data = await self.ask("query_range", query=expression, start=str(start), end=str(end), step="1")
        return list(data["result"])

    @property
    def _settings(self) -> dict[str, object]:
        return {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(RULES)],
            "scrape_configs": [{"job_name": "sqsd", "static_configs": [{"targets": [f"127.0.0.1:{self._target}"]}]}],
        }

    async def _is_ready(self) -> bool:
        assert self._session is not None
        try:
            async with self._session.get(f"http://127.0.0.1:{self._port}/-/ready") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False
