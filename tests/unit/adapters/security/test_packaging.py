"""How the daemon is deployed: the least rights in AWS, another user, a read-only file system, a confined unit."""

import json
import re
from collections.abc import Iterable
from configparser import ConfigParser
from pathlib import Path

from sqsd_adapters.observer.ecs.wire import RIGHTS
from sqsd_adapters.queue.sqs.calls import Operation

ROOT = Path(__file__).parents[4]
#: IAM has no actions for batches: the right to the single call covers them
BATCH = "Batch"


#: what is needed to receive; the others are needed for CRON_FILE and QUEUE_ENSURE
RECEIVING = {Operation.RECEIVE, Operation.DELETE, Operation.CHANGE_VISIBILITY, Operation.DESCRIBE}
#: what ECS_TASK_PROTECTION needs
PROTECTING = {"ecs:GetTaskProtection", "ecs:UpdateTaskProtection"}
#: what MESSAGE_PAYLOAD needs
FETCHING = {"s3:GetObject", "s3:DeleteObject", "s3:ListBucket"}
#: creating a queue with tags needs it, and there is no call
TAGGING = "sqs:TagQueue"


def documented() -> list[set[str]]:
    """The actions of each policy of the page that is about SQS."""
    policies = re.findall(r"```json\n(.*?)```", (ROOT / "docs/deploy.md").read_text(), re.DOTALL)
    every = [statement for policy in policies for statement in json.loads(policy)["Statement"]]
    statements = [statement for statement in every if not set(statement["Action"]) <= PROTECTING | FETCHING]
    assert all(statement["Effect"] == "Allow" for statement in statements)
    assert not any("*" in str(statement["Resource"]) for statement in statements)
    return [set(statement["Action"]) for statement in statements]


def rights(operations: Iterable[Operation]) -> set[str]:
    return {f"sqs:{operation.removesuffix(BATCH)}" for operation in operations}


def test_the_least_policy_allows_the_calls_that_receiving_needs_and_no_others() -> None:
    assert documented()[0] == rights(RECEIVING)


def test_the_documented_policies_allow_the_calls_that_are_made_and_no_others() -> None:
    assert set().union(*documented()) == rights(Operation) | {TAGGING}


def test_the_rights_to_protect_a_task_are_documented() -> None:
    policies = re.findall(r"```json\n(.*?)```", (ROOT / "docs/deploy.md").read_text(), re.DOTALL)
    actions = [set(statement["Action"]) for policy in policies for statement in json.loads(policy)["Statement"]]
    assert PROTECTING in actions
    assert all(action in RIGHTS for action in PROTECTING)


def test_the_image_gets_wheels_from_locks_with_hashes_and_nothing_else() -> None:
    build = (ROOT / "Dockerfile").read_text().partition("AS build")[2].partition("\nFROM ")[0]
    for setting in ("PIP_NO_DEPS=1", "PIP_REQUIRE_HASHES=1", "PIP_ONLY_BINARY=:all:"):
        assert setting in build
    assert build.index("pip check") > build.index("dist/*.whl")


def test_the_base_image_is_named_by_python_and_debian() -> None:
    [base] = re.findall(r"^ARG BASE=(.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", base)


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
    assert service["LimitCORE"] == "0"
    assert int(service["LimitNOFILE"]) >= 65_536
    assert service["CapabilityBoundingSet"] == ""
    assert set(service["RestrictAddressFamilies"].split()) == {"AF_INET", "AF_INET6", "AF_UNIX"}
