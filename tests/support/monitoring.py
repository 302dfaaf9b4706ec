"""The alert rules and the dashboard of packaging/monitoring, as their queries."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "packaging" / "monitoring"
RULES = FOLDER / "alerts.yml"
RULE_TESTS = FOLDER / "alerts_test.yml"
DASHBOARD = FOLDER / "dashboard.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One expression in PromQL."""

    #: the alert's name, or the panel's title
    name: str
    expression: str
    #: text with {{labels}} of the result
    texts: tuple[str, ...] = ()

    def with_variables(self, **variables: str) -> str:
        """The expression as Grafana sends it."""
        expression = self.expression
        for name, value in variables.items():
            expression = expression.replace(f"${name}", value)
        assert "$" not in expression, expression
        return expression


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    rules: list[dict[str, Any]] = group["rules"]
    return rules


def dashboard() -> dict[str, Any]:
    board: dict[str, Any] = json.loads(DASHBOARD.read_text())
    return board


def queries_of_alerts() -> list[Query]:
    return [
        Query(name=rule["alert"], expression=rule["expr"], texts=tuple(rule["annotations"].values()))
        for rule in alerts()
    ]


def queries_of_panels() -> list[Query]:
    return [
        Query(name=panel["title"], expression=target["expr"], texts=(target["legendFormat"],))
        for panel in dashboard()["panels"]
        for target in panel.get("targets", ())
    ]


def queries_of_dashboard() -> Iterator[Query]:
    """Those of panels, annotations and variables."""
    board = dashboard()
    yield from queries_of_panels()
    for each in board["annotations"]["list"]:
        if "expr" in each:
            yield Query(name=each["name"], expression=each["expr"])
    for each in board["templating"]["list"]:
        if each["type"] == "query":
            yield Query(name=each["name"], expression=each["query"]["query"])
