"""SQS's operations: the parameters of a call carried out on the engine."""

from collections.abc import Callable
from dataclasses import dataclass

from sqsd_adapters.queue.embedded import protocol
from sqsd_adapters.queue.embedded.batch import carry_out_each, entries_of
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError, missing_parameter, queue_does_not_exist
from sqsd_adapters.queue.embedded.faults import Encounter
from sqsd_adapters.queue.embedded.protocol import Json
from sqsd_adapters.queue.embedded.sending import check_batch_size
from sqsd_adapters.queue.embedded.settings import ACCOUNT_ID, check_attribute_name
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs
from sqsd_core.message import ReceiptHandle
from sqsd_core.ports.queue import MAX_BATCH, MAX_VISIBILITY, MAX_WAIT

MAX_RESULTS = 1_000  # SQS: ListQueues


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, decoded."""

    operation: str
    parameters: Json
    #: queue URLs in the answer begin with it
    base_url: str
    #: the faults that the call meets
    met: Encounter

    @property
    def queue(self) -> str:
        """The name of the queue, the last part of its URL."""
        url = protocol.optional_text(self.parameters, "QueueUrl")
        if url is None:
            raise queue_does_not_exist()
        return url.rpartition("/")[2]

    def url_of(self, name: str) -> str:
        return queue_url(self.base_url, name)


_Operation = Callable[[Call], Json]


class Operations:
    """Carries out calls; raises SqsError as SQS would answer."""

    def __init__(self, *, sqs: EmbeddedSqs) -> None:
        self._sqs = sqs
        self._engine = sqs.engine
        self._table: dict[str, _Operation] = {
            "ChangeMessageVisibility": self._change_visibility,
            "ChangeMessageVisibilityBatch": self._change_visibility_batch,
            "CreateQueue": self._create_queue,
            "DeleteMessage": self._delete,
            "DeleteMessageBatch": self._delete_batch,
            "DeleteQueue": self._delete_queue,
            "GetQueueAttributes": self._get_attributes,
            "GetQueueUrl": self._get_queue_url,
            "ListQueues": self._list_queues,
            "PurgeQueue": self._purge_queue,
            "SendMessage": self._send,
            "SendMessageBatch": self._send_batch,
            "SetQueueAttributes": self._set_attributes,
        }

    async def carry_out(self, call: Call) -> Json:
        """Do what the call asks for; only ReceiveMessage takes time."""
        if call.operation == "ReceiveMessage":
            return await self._receive(call)
        if (operation := self._table.get(call.operation)) is None:
            raise SqsError(ErrorCode.UNKNOWN_OPERATION, f"The operation {call.operation} is not offered here.")
        return operation(call)

    async def _receive(self, call: Call) -> Json:
        parameters = call.parameters
        answer = await self._sqs.receive(
            call.queue,
            limit=protocol.integer(parameters, "MaxNumberOfMessages", least=1, most=MAX_BATCH) or 1,
            visibility=_visibility(parameters),
            wait=protocol.integer(parameters, "WaitTimeSeconds", least=0, most=int(MAX_WAIT)),
            attempt_id=protocol.optional_text(parameters, "ReceiveRequestAttemptId"),
            duplicate=call.met.duplicate,
        )
        system = {
            *protocol.names(parameters, "MessageSystemAttributeNames"),
            *protocol.names(parameters, "AttributeNames"),
        }
        attributes = protocol.names(parameters, "MessageAttributeNames")
        messages = [protocol.message(received, system=system, attributes=attributes) for received in answer]
        return {"Messages": messages} if messages else {}

    def _send(self, call: Call) -> Json:
        queue, now = call.queue, self._sqs.now()
        return protocol.sent(self._engine.send(queue, protocol.sending(call.parameters), now=now))

    def _send_batch(self, call: Call) -> Json:
        queue, now = call.queue, self._sqs.now()
        entries = entries_of(call.parameters)
        sendings = {entry["Id"]: protocol.sending(entry) for entry in entries}
        check_batch_size(sendings.values())
        return carry_out_each(
            entries,
            lambda entry: protocol.sent(self._engine.send(queue, sendings[entry["Id"]], now=now)),
            failing=call.met.failing,
        )

    def _delete(self, call: Call) -> Json:
        return self._delete_one(call.queue, call.parameters)

    def _delete_batch(self, call: Call) -> Json:
        queue = call.queue
        return carry_out_each(
            entries_of(call.parameters),
            lambda entry: self._delete_one(queue, entry),
            failing=call.met.failing,
        )

    def _delete_one(self, queue: str, parameters: Json) -> Json:
        self._engine.delete(queue, _receipt(parameters), now=self._sqs.now())
        return {}

    def _change_visibility(self, call: Call) -> Json:
        return self._change_one(call.queue, call.parameters)

    def _change_visibility_batch(self, call: Call) -> Json:
        queue = call.queue
        return carry_out_each(
            entries_of(call.parameters),
            lambda entry: self._change_one(queue, entry),
            failing=call.met.failing,
        )

    def _change_one(self, queue: str, parameters: Json) -> Json:
        timeout = _visibility(parameters)
        if timeout is None:
            raise missing_parameter("VisibilityTimeout")
        self._engine.change_visibility(queue, _receipt(parameters), timeout, now=self._sqs.now())
        return {}

    def _create_queue(self, call: Call) -> Json:
        name = protocol.text(call.parameters, "QueueName")
        attributes = protocol.string_map(call.parameters, "Attributes")
        self._engine.create_queue(name, attributes, now=self._sqs.now())
        return {"QueueUrl": call.url_of(name)}

    def _get_queue_url(self, call: Call) -> Json:
        name = protocol.text(call.parameters, "QueueName")
        if name not in self._engine:
            raise queue_does_not_exist()
        return {"QueueUrl": call.url_of(name)}

    def _list_queues(self, call: Call) -> Json:
        most = protocol.integer(call.parameters, "MaxResults", least=1, most=MAX_RESULTS)
        after = protocol.optional_text(call.parameters, "NextToken") or ""
        prefix = protocol.optional_text(call.parameters, "QueueNamePrefix") or ""
        names = [name for name in self._engine.queue_names(prefix) if name > after]
        page = names[: most or MAX_RESULTS]
        answer: Json = {"QueueUrls": [call.url_of(name) for name in page]} if page else {}
        if most is not None and len(page) < len(names):
            answer["NextToken"] = page[-1]
        return answer

    def _delete_queue(self, call: Call) -> Json:
        self._engine.delete_queue(call.queue)
        return {}

    def _purge_queue(self, call: Call) -> Json:
        self._engine.purge(call.queue, now=self._sqs.now())
        return {}

    def _get_attributes(self, call: Call) -> Json:
        known = self._engine.attributes(call.queue, now=self._sqs.now())
        wanted = protocol.names(call.parameters, "AttributeNames")
        if "All" in wanted:
            return {"Attributes": known}
        for name in wanted:
            check_attribute_name(name)
        chosen = {name: known[name] for name in wanted if name in known}
        return {"Attributes": chosen} if chosen else {}

    def _set_attributes(self, call: Call) -> Json:
        attributes = protocol.string_map(call.parameters, "Attributes")
        self._engine.set_attributes(call.queue, attributes, now=self._sqs.now())
        return {}


def queue_url(base_url: str, name: str) -> str:
    return f"{base_url}/{ACCOUNT_ID}/{name}"


def _receipt(parameters: Json) -> ReceiptHandle:
    return ReceiptHandle(protocol.text(parameters, "ReceiptHandle"))


def _visibility(parameters: Json) -> int | None:
    return protocol.integer(parameters, "VisibilityTimeout", least=0, most=int(MAX_VISIBILITY))
