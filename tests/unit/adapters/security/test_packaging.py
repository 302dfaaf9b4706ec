"""How the daemon is deployed: the least rights in AWS, another user, a read-only file system, a confined unit."""

import json
import re
from configparser import ConfigParser
from pathlib import Path

from sqsd_adapters.queue.sqs.calls import Operation

ROOT = Path(__file__).parents[4]
#: IAM has no actions for batches: the right to the single call covers them
BATCH = "Batch"


def test_the_documented_policy_allows_the_calls_that_are_made_and_no_others() -> None:
    [policy] = re.findall(r"```json\n(.*?)```", (ROOT / "docs/deploy.md").read_text(), re.DOTALL)
    [statement] = json.loads(policy)["Statement"]
    assert statement["Effect"] == "Allow"
    assert set(statement["Action"]) == {f"sqs:{operation.removesuffix(BATCH)}" for operation in Operation}
    assert "*" not in statement["Resource"]


def test_the_container_runs_as_another_user_and_starts_the_daemon_itself() -> None:
    last_stage = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    [user] = re.findall(r"^USER (\d+):\d+$", last_stage, re.MULTILINE)
    assert int(user) > 0
    [entrypoint] = re.findall(r"^ENTRYPOINT (.*)$", last_stage, re.MULTILINE)
    assert json.loads(entrypoint) == ["sqsd"]
    assert "PYTHONDONTWRITEBYTECODE=1" in last_stage


def test_no_secret_is_part_of_the_image() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert not re.search(r"SECRET|TOKEN|PASSWORD|AWS_", text)
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert "*" in ignored or {".env", "*.env"} <= set(ignored)


def test_the_unit_is_confined() -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser's own documentation does it
    unit.read(ROOT / "packaging/systemd/sqsd.service")
    service = unit["Service"]
    for directive in ("DynamicUser", "NoNewPrivileges", "ProtectHome", "PrivateTmp", "PrivateDevices", "PrivateUsers"):
        assert service[directive] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert service["LimitCORE"] == "0"
    assert set(service["RestrictAddressFamilies"].split()) == {"AF_INET", "AF_INET6", "AF_UNIX"}
