"""AddPermission and RemovePermission: statements in a queue's policy."""

import json
import re
from typing import Any

from sqsd_adapters.queue.embedded.errors import (
    ErrorCode,
    SqsError,
    invalid_parameter,
    invalid_value_of,
    missing_parameter,
)

MAX_ACTIONS = 7  # SQS: AddPermission

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_PARTITION = re.compile(r"arn:([^:]+):")
# SQS: AddPermission, Actions
_ACTIONS = {
    "*",
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
}


def with_permission(policy: str | None, *, arn: str, label: str, accounts: list[str], actions: list[str]) -> str:
    """The policy with a statement more.

    Raises:
        SqsError: InvalidParameterValue, MissingParameter or OverLimit.
    """
    _check(label, accounts, actions)
    document = _document(policy) or {"Version": "2008-10-17", "Id": f"{arn}/SQSDefaultPolicy"}
    statements = _statements(document)
    if any(statement.get("Sid") == label for statement in statements):
        raise invalid_value_of("Label", label, "Already exists.")
    partition = _PARTITION.match(arn)
    prefix = f"arn:{partition[1] if partition else 'aws'}:iam::"
    statement = {
        "Sid": label,
        "Effect": "Allow",
        "Principal": {"AWS": _one_or_all([f"{prefix}{account}:root" for account in accounts])},
        "Action": _one_or_all([f"SQS:{action}" for action in actions]),
        "Resource": arn,
    }
    return json.dumps({**document, "Statement": [*statements, statement]}, separators=(",", ":"))


def without_permission(policy: str | None, *, label: str) -> str:
    """The policy without the statement of this label; empty where none is left.

    Raises:
        SqsError: InvalidParameterValue.
    """
    document = _document(policy)
    statements = _statements(document)
    kept = [statement for statement in statements if statement.get("Sid") != label]
    if len(kept) == len(statements):
        raise invalid_value_of("Label", label, "can't find label.")
    return json.dumps({**document, "Statement": kept}, separators=(",", ":")) if kept else ""


def _check(label: str, accounts: list[str], actions: list[str]) -> None:
    if not _LABEL.fullmatch(label):
        raise invalid_value_of(
            "Label", label, "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length."
        )
    if not accounts:
        raise invalid_value_of("PrincipalId", accounts, "Unable to verify.")
    if not actions:
        raise missing_parameter("Actions")
    if len(actions) > MAX_ACTIONS:
        raise SqsError(ErrorCode.OVER_LIMIT, f"{len(actions)} Actions were found, maximum allowed is {MAX_ACTIONS}.")
    for account in accounts:
        if not _ACCOUNT.fullmatch(account):
            raise invalid_value_of("PrincipalId", account, "Unable to verify.")
    for action in actions:
        if action not in _ACTIONS:
            raise invalid_parameter(
                f"Value SQS:{action} for parameter ActionName is invalid. Reason: Only the queue owner is allowed to "
                "invoke this action."
            )


def _document(policy: str | None) -> dict[str, Any]:
    return dict(json.loads(policy)) if policy else {}


def _statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    statements = document.get("Statement", [])
    found = statements if isinstance(statements, list) else [statements]
    return [statement for statement in found if isinstance(statement, dict)]


def _one_or_all(items: list[str]) -> str | list[str]:
    return items[0] if len(items) == 1 else items
