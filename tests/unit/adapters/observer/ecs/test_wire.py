"""The task protection API of the ECS agent."""

import json
from typing import Any

import pytest

from sqsd_adapters.observer.ecs import wire
from sqsd_adapters.transport.exchange import Answer

ARN = "arn:aws:ecs:eu-central-1:111122223333:task/1234567890abcdef0"


def answer(document: Any, status: int = 200) -> Answer:
    return Answer(status, [], json.dumps(document).encode())


def test_the_requests_have_the_fields_of_the_api_and_no_others() -> None:
    assert json.loads(wire.request(protect=True)) == {"ProtectionEnabled": True, "ExpiresInMinutes": 30}
    assert json.loads(wire.request(protect=False)) == {"ProtectionEnabled": False}


@pytest.mark.parametrize("protect", [True, False])
def test_an_answer_that_confirms_is_no_refusal(protect: bool) -> None:
    confirmed = {"ExpirationDate": "2026-11-26T08:00:00Z", "ProtectionEnabled": protect, "TaskArn": ARN}
    assert wire.refusal_in(answer({"protection": confirmed}), protect=protect) is None
    assert wire.refusal_in(answer({"protection": confirmed}), protect=not protect) is not None


@pytest.mark.parametrize(
    ("document", "reason", "fix"),
    [
        (
            {"requestID": "1", "error": {"Arn": ARN, "Code": "AccessDeniedException", "Message": "not authorized"}},
            "AccessDeniedException: not authorized",
            wire.RIGHTS,
        ),
        (
            {"failure": {"Arn": ARN, "Reason": "TASK_NOT_VALID", "Detail": "not part of a service"}},
            "TASK_NOT_VALID: not part of a service",
            wire.SERVICE,
        ),
        ({"failure": {"Arn": ARN, "Reason": "DEPLOYMENT_BLOCKED"}}, "DEPLOYMENT_BLOCKED", wire.OTHER),
        ({"error": {"Message": "a\nb"}}, "a\\x0ab", wire.OTHER),
        ({"error": {}}, "no reason given", wire.OTHER),
    ],
)
def test_a_refusal_says_why_and_what_to_do(document: Any, reason: str, fix: str) -> None:
    assert wire.refusal_in(answer(document, 400), protect=True) == wire.Refusal(reason=reason, fix=fix)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"protection"', b'{"protection": null}'])
def test_what_is_no_answer_of_the_agent_is_a_refusal(body: bytes) -> None:
    assert wire.refusal_in(Answer(502, [], body), protect=True) == wire.Refusal(reason="status 502")
