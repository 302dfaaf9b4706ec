"""The requests to the ECS agent's task protection endpoint, and its answers, without I/O."""

import json
from dataclasses import dataclass
from typing import Any

from sqsd_adapters.printable import printable
from sqsd_adapters.transport.exchange import Answer

PATH = "/task-protection/v1/state"
HEADERS = ((b"Content-Type", b"application/json"),)
EXPIRES = 30  # minutes; the API takes 1 to 2,880. A daemon that hangs is protected no longer than this
REASON = 300  # characters of what the agent says

OFF = "or set ECS_TASK_PROTECTION=off"
RIGHTS = f"allow ecs:UpdateTaskProtection and ecs:GetTaskProtection in the role of the task, {OFF}"
SERVICE = f"only a task that belongs to a service can be protected: run it in one, {OFF}"
OTHER = f"see what the ECS agent says, {OFF}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the agent did not do what was asked, and what an operator can do."""

    reason: str
    fix: str = OTHER


def request(*, protect: bool) -> bytes:
    """Build the body; the agent refuses fields that it does not know."""
    document = {"ProtectionEnabled": True, "ExpiresInMinutes": EXPIRES} if protect else {"ProtectionEnabled": False}
    return json.dumps(document).encode()


def refusal_in(answer: Answer, *, protect: bool) -> Refusal | None:
    """Read an answer; None where it confirms what was asked."""
    match _document(answer.body):
        case {"protection": {"ProtectionEnabled": bool() as enabled}} if enabled is protect:
            return None
        case {"failure": dict() as failure}:
            return _refusal(failure.get("Reason"), failure.get("Detail"))
        case {"error": dict() as error}:
            return _refusal(error.get("Code"), error.get("Message"))
        case _:
            return Refusal(reason=f"status {answer.status}")


def _refusal(code: object, detail: object) -> Refusal:
    reason = printable(": ".join(str(part) for part in (code, detail) if part), REASON) or "no reason given"
    match code:
        case "AccessDeniedException":
            return Refusal(reason=reason, fix=RIGHTS)
        case "TASK_NOT_VALID" | "InvalidParameterException":
            return Refusal(reason=reason, fix=SERVICE)
        case _:
            return Refusal(reason=reason)


def _document(body: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(body)
    except ValueError:
        return None
