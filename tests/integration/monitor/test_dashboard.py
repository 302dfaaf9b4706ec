"""A Prometheus that scrapes a daemon under load answers every panel of the dashboard, and evaluates every rule."""

import asyncio
import math
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import command
from tests.support.ledger import Attempt
from tests.support.monitoring import Query, queries_of_alerts, queries_of_dashboard, queries_of_panels
from tests.support.prometheus_server import PrometheusServer
from tests.support.stage import Stage, numbered, staged, within

pytestmark = pytest.mark.integration

#: every second is scraped; a rate needs two scrapes
VARIABLES = {"job": ".*", "instance": ".*", "queue": ".*", "__rate_interval": "4s", "__range": "30s"}
SETTINGS = {"INVOKER_PARALLEL_COUNT": "4", "PROBE_PORT": "0"}
#: scrapes
ENOUGH = 6
#: messages
BATCH = 50
OF_RESULT = re.compile(r"{{(\w+)}}")


async def mostly_succeed(attempt: Attempt) -> int:
    """Fail each tenth message for good."""
    await asyncio.sleep(0.03)
    return 500 if attempt.body.endswith("0") else 200


def has_values(series: list[dict[str, Any]]) -> bool:
    return any(math.isfinite(float(value)) for each in series for _, value in each["values"])


async def scrapes(prometheus: PrometheusServer) -> int:
    result = (await prometheus.ask("query", query="count_over_time(sqsd_ready[1m])"))["result"]
    return int(result[0]["value"][1]) if result else 0


async def rules(prometheus: PrometheusServer) -> dict[str, dict[str, Any]]:
    groups = (await prometheus.ask("rules"))["groups"]
    return {rule["name"]: rule for group in groups for rule in group["rules"]}


async def answered(prometheus: PrometheusServer, query: Query, *, start: float) -> list[dict[str, Any]]:
    return await prometheus.series(query.with_variables(**VARIABLES), start=start, end=time.time())  # noqa: TID251


async def is_satisfied(prometheus: PrometheusServer) -> bool:
    """Whether rates have enough scrapes, and every rule was evaluated."""
    unknown = any(rule["health"] == "unknown" for rule in (await rules(prometheus)).values())
    return await scrapes(prometheus) >= ENOUGH and not unknown


async def under_load(stage: Stage, prometheus: PrometheusServer) -> None:
    """Keep the daemon busy until Prometheus has seen enough of it, then let it end its work."""
    stage.worker.job = mostly_succeed
    async with asyncio.timeout(30):
        while not await is_satisfied(prometheus):
            if stage.queue.visible < BATCH:
                stage.send(numbered(BATCH))
            await asyncio.sleep(0.1)
    await within(20, lambda: stage.queue.is_empty)


async def test_every_panel_has_data_and_every_rule_is_evaluated(tmp_path: Path) -> None:
    async with staged(max_receive_count=2) as stage, command(env={**stage.env, **SETTINGS}) as daemon:
        port = (await daemon.until("probes listening"))["port"]
        start = time.time()  # noqa: TID251
        async with PrometheusServer(directory=tmp_path, target=port) as prometheus:
            await under_load(stage, prometheus)
            for query in queries_of_panels():
                found = await answered(prometheus, query, start=start)
                assert has_values(found), query
                for label in OF_RESULT.findall(query.texts[0]):
                    assert all(each["metric"].get(label) for each in found), query
            for query in queries_of_dashboard():
                if "label_values" not in query.expression:
                    await answered(prometheus, query, start=start)
            evaluated = await rules(prometheus)
        assert (await daemon.drained()).code == 0

    assert {(name, rule["health"], rule.get("lastError")) for name, rule in evaluated.items()} == {
        (query.name, "ok", None) for query in queries_of_alerts()
    }
    firing = {name for name, rule in evaluated.items() if rule["state"] == "firing"}
    assert firing == {"SqsdDeadLetters"}
