"""promtool accepts the alert rules, and its unit tests of them pass."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.monitoring import RULE_TESTS, RULES, alerts

pytestmark = pytest.mark.integration


def promtool(*arguments: str | Path) -> tuple[int, str]:
    ended = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=60, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def test_promtool_accepts_the_rules() -> None:
    code, said = promtool("check", "rules", RULES)
    assert code == 0, said
    assert f"{len(alerts())} rules found" in said


def test_each_rule_fires_when_it_should_and_not_otherwise() -> None:
    code, said = promtool("test", "rules", RULE_TESTS)
    assert code == 0, said


def test_a_rule_that_never_fires_is_noticed(tmp_path: Path) -> None:
    rules = yaml.safe_load(RULES.read_text())
    for rule in rules["groups"][0]["rules"]:
        rule["expr"] = "vector(0) > 1"
    (tmp_path / RULES.name).write_text(yaml.safe_dump(rules))
    (tmp_path / RULE_TESTS.name).write_text(RULE_TESTS.read_text())
    code, said = promtool("test", "rules", tmp_path / RULE_TESTS.name)
    assert code == 1
    assert [alert["alert"] for alert in alerts() if alert["alert"] not in said] == []
