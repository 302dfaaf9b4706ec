"""The alert rules and the dashboard name only what a daemon exposes, and each alert is explained."""

import re
from collections import defaultdict
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sqsd_adapters.monitor.exposition import Exposition
from sqsd_core.policy.scoreboard import Depth
from tests.support.monitor import WatchedDaemon, task
from tests.support.monitoring import (
    Query,
    alerts,
    dashboard,
    queries_of_alerts,
    queries_of_dashboard,
    queries_of_panels,
)

PAGE = Path(__file__).parents[4] / "docs" / "alerts.md"
#: what Prometheus adds to each sample, and its own metric
OF_PROMETHEUS = {"job", "instance"}
UP = "up"

SELECTOR = re.compile(r"\b((?:sqsd|process|python)_\w+|up)\b(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
GROUPING = re.compile(r"\b(?:by|on|group_left)\s*\(([^)]*)\)")
AGGREGATED = re.compile(r"\s*(?:histogram_quantile\([\d.]+, )?(?:sum|max) by \(([^)]*)\)")
OF_RESULT = re.compile(r"{{\s*(?:\$labels\.)?(\w+)")

QUERIES = [*queries_of_alerts(), *queries_of_dashboard()]

Values = Mapping[str, set[str]]


class Deep(WatchedDaemon):
    """Knows the depth of its queue."""

    def depths(self) -> Mapping[str, Depth]:
        return {"jobs": Depth(visible=1, in_flight=1, delayed=1, at=0.0)}


def exposed() -> Mapping[str, Values]:
    """Each sample's name with its labels and their values."""
    text, _ = Exposition(monitor=Deep(task())).answer("")
    found: dict[str, defaultdict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for family in text_string_to_metric_families(text.decode()):
        for sample in family.samples:
            for label, value in sample.labels.items():
                found[sample.name][label].add(value)
            found.setdefault(sample.name, defaultdict(set))
    return found | {UP: {}}


def ids(query: Query) -> str:
    return query.name


@pytest.mark.parametrize("query", QUERIES, ids=ids)
def test_each_metric_label_and_value_is_exposed(query: Query) -> None:
    there = exposed()
    used = SELECTOR.findall(query.expression)
    assert used
    assert {name for name, _ in used} <= set(there)
    for name, matchers in used:
        for label, value in MATCHER.findall(matchers):
            assert label in OF_PROMETHEUS | set(there[name]), (name, label)
            if not value.startswith("$"):
                assert set(value.split("|")) <= there[name][label], (name, label, value)


@pytest.mark.parametrize("query", QUERIES, ids=ids)
def test_results_are_grouped_and_named_by_labels_that_there_are(query: Query) -> None:
    there = exposed()
    labels = OF_PROMETHEUS | set(chain.from_iterable(there[name] for name, _ in SELECTOR.findall(query.expression)))
    groups = {label.strip() for group in GROUPING.findall(query.expression) for label in group.split(",")} - {""}
    named = set(OF_RESULT.findall(" ".join(query.texts)))
    assert groups <= labels
    assert named <= labels


@pytest.mark.parametrize("query", queries_of_alerts(), ids=ids)
def test_an_alert_speaks_only_of_labels_that_its_result_keeps(query: Query) -> None:
    (name, _), *_ = SELECTOR.findall(query.expression)
    kept = AGGREGATED.match(query.expression)
    labels = set(kept[1].split(", ")) - {"le"} if kept else OF_PROMETHEUS | set(exposed()[name])
    assert set(OF_RESULT.findall(" ".join(query.texts))) <= labels


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_each_alert_has_a_severity_and_a_section_of_the_page(alert: dict[str, dict[str, str]]) -> None:
    name = str(alert["alert"])
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert alert["annotations"]["runbook"] == f"docs/alerts.md#{name.lower()}"
    assert f"\n### {name}\n" in PAGE.read_text()


def test_the_page_explains_no_alert_that_there_is_not() -> None:
    explained = re.findall(r"^### (\w+)$", PAGE.read_text(), re.MULTILINE)
    assert explained == [alert["alert"] for alert in alerts()]


def test_each_panel_takes_its_data_from_the_chosen_source_and_has_a_place_of_its_own() -> None:
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & places
        assert place["x"] + place["w"] <= 24
        places |= cells
        assert all(target["datasource"]["uid"] == "${datasource}" for target in panel.get("targets", ()))


def test_every_panel_listens_to_the_variables() -> None:
    for query in queries_of_panels():
        assert all(
            'job=~"$job", instance=~"$instance"' in matchers for _, matchers in SELECTOR.findall(query.expression)
        )


def test_the_variables_are_the_source_the_job_the_daemon_and_the_queue() -> None:
    names = [variable["name"] for variable in dashboard()["templating"]["list"]]
    assert names == ["datasource", "job", "instance", "queue"]
