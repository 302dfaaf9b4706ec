"""Names of the semantic conventions, version 1.44; those of messaging are still in development there."""

from dataclasses import dataclass

from sqsd_core.message import Message

SCHEMA = "https://opentelemetry.io/schemas/1.44.0"

SYSTEM = "messaging.system"
OPERATION = "messaging.operation.name"
OPERATION_TYPE = "messaging.operation.type"
DESTINATION = "messaging.destination.name"
MESSAGE_ID = "messaging.message.id"
BATCH_COUNT = "messaging.batch.message_count"
QUEUE_URL = "aws.sqs.queue.url"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"
ERROR_TYPE = "error.type"
METHOD = "http.request.method"
STATUS = "http.response.status_code"
URL = "url.full"

AWS_SQS = "aws_sqs"

#: our own, since the conventions have none
RECEIVE_COUNT = "sqsd.receive_count"
OUTCOME = "sqsd.outcome"
NEXT_TRY_IN = "sqsd.next_try_in"
LAST_TRY = "sqsd.last_try"
NOT_DELETED = "sqsd.message.not_deleted"

PROCESS_DURATION = "messaging.process.duration"
OPERATION_DURATION = "messaging.client.operation.duration"
CONSUMED = "messaging.client.consumed.messages"
#: seconds, as the conventions recommend for both durations
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)

#: name and type of an operation, by the call to SQS
OPERATIONS = {
    "ReceiveMessage": ("receive", "receive"),
    "DeleteMessageBatch": ("delete", "settle"),
    "ChangeMessageVisibilityBatch": ("change_visibility", "settle"),
}


def identity(message: Message) -> dict[str, str | int]:
    """Which delivery of which message: on the span of its job, or in a batch on the link to its sender."""
    return {MESSAGE_ID: message.id, RECEIVE_COUNT: message.receive_count}


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A queue as spans and metrics name it."""

    name: str
    #: without user and password; empty for a queue in this process
    url: str = ""
    host: str = ""
    port: int | None = None

    def attributes(self, operation: str, kind: str) -> dict[str, str | int]:
        """What each span of an operation carries."""
        attributes: dict[str, str | int] = {
            SYSTEM: AWS_SQS,
            OPERATION: operation,
            OPERATION_TYPE: kind,
            DESTINATION: self.name,
        }
        if self.url:
            attributes[QUEUE_URL] = self.url
        if self.host:
            attributes[SERVER_ADDRESS] = self.host
        if self.port is not None:
            attributes[SERVER_PORT] = self.port
        return attributes

    def dimensions(self, operation: str, kind: str) -> dict[str, str | int]:
        """What each metric of an operation carries."""
        attributes = self.attributes(operation, kind)
        attributes.pop(QUEUE_URL, None)
        return attributes
