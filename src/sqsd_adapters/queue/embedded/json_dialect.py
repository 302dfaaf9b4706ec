"""SQS's JSON protocol (AWS JSON 1.0), which SDKs speak since November 2023."""

import json

from sqsd_adapters.queue.embedded.dialect import Asked, Reply
from sqsd_adapters.queue.embedded.errors import SqsError, malformed
from sqsd_adapters.queue.embedded.parameters import Json, json_map
from sqsd_adapters.queue.embedded.wire_errors import wire_error

CONTENT_TYPE = "application/x-amz-json-1.0"
TARGET_PREFIX = "AmazonSQS."


def read_json(target: str, body: bytes) -> Asked:
    """Read a request; ``target`` is its header X-Amz-Target.

    Raises:
        SqsError: MalformedInput.
    """
    parameters = json_map(body or b"{}")
    if parameters is None:
        raise malformed("The body")
    return Asked(operation=target.removeprefix(TARGET_PREFIX), parameters=parameters)


class JsonDialect:
    """Writes answers as JSON."""

    def answer(self, operation: str, answer: Json, *, request_id: str) -> Reply:
        del operation, request_id
        return Reply(status=200, content_type=CONTENT_TYPE, body=json.dumps(answer).encode())

    def refusal(self, error: SqsError, *, request_id: str) -> Reply:
        """An error with its older code in a header, as SQS does for SDKs that compare it."""
        del request_id
        wire = wire_error(error)
        return Reply(
            status=wire.status,
            content_type=CONTENT_TYPE,
            body=json.dumps({"__type": wire.kind, "message": wire.message}).encode(),
            headers={"x-amzn-query-error": f"{wire.query_code};{wire.fault}"},
        )
