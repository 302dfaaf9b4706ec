"""docs/metrics.md describes exactly the metrics that there are."""

import re
from dataclasses import replace
from pathlib import Path

from sqsd_adapters.monitor.metrics import families
from sqsd_core.policy.breaker import State
from sqsd_core.policy.scoreboard import Depth, ProcessState
from tests.support.monitor import IDLE, task

PAGE = Path(__file__).parents[4] / "docs" / "metrics.md"
ROW = re.compile(r"^\| `(sqsd_\w+)` \| (\w+) \| (\w+) \| (.*) \| (.*) \|$", re.MULTILINE)
ONE = ProcessState(number=1, pid=7, restarts=0, ready=True, draining=False, slots=1, running=1, buffered=0)
BUSY = replace(IDLE, tasks=(task(),), processes=(ONE,))
DEPTH = Depth(visible=1, in_flight=0, delayed=0, at=0.0)


def test_each_metric_is_described_with_its_type_unit_and_labels() -> None:
    there = []
    for family in families(BUSY, {"": DEPTH}):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = sorted({label for sample in family.samples for label in sample.labels} - {"le"})
        shown = ", ".join(f"`{label}`" for label in labels) or "–"
        unit = "seconds" if name.endswith("_seconds") else "1"
        there.append((name, family.type, unit, shown, family.documentation))
    assert ROW.findall(PAGE.read_text()) == there


def test_each_state_of_the_breaker_is_named_here_and_in_the_contract() -> None:
    page, contract = PAGE.read_text(), PAGE.with_name("contract.md").read_text()
    values = [state.value for state in State]
    label = page[page.index("- `state` of `sqsd_breaker_state`") :].partition("as in")[0]
    assert re.findall(r"`(\w+)`", label) == ["state", "sqsd_breaker_state", *values]
    section = contract[contract.index("## 6.") : contract.index("## 7.")]
    assert re.findall(r"^\| (\w+) \|", section, re.MULTILINE)[1:] == values
