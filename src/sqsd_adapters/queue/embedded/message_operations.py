"""The operations on messages: send, receive, delete, change the visibility, and their batches."""

from collections.abc import Mapping
from dataclasses import replace

from sqsd_adapters.queue.embedded import answers
from sqsd_adapters.queue.embedded import parameters as given
from sqsd_adapters.queue.embedded.batch import carry_out_each, entries_of
from sqsd_adapters.queue.embedded.call import Call, Operation
from sqsd_adapters.queue.embedded.errors import missing_parameter
from sqsd_adapters.queue.embedded.parameters import Json
from sqsd_adapters.queue.embedded.sending import check_batch, check_batch_size
from sqsd_adapters.queue.embedded.stored import Sending
from sqsd_core.limits import MAX_BATCH, MAX_VISIBILITY, MAX_WAIT
from sqsd_core.message import ReceiptHandle


async def receive(call: Call) -> Json:
    """The one operation that takes time."""
    parameters = call.parameters
    system = [*given.names(parameters, "MessageSystemAttributeNames"), *given.names(parameters, "AttributeNames")]
    answers.check_system_names(system)
    attributes = given.names(parameters, "MessageAttributeNames")
    wait = given.integer(parameters, "WaitTimeSeconds", least=0, most=int(MAX_WAIT), rule=given.AT_LEAST_AND_AT_MOST)
    received = await call.sqs.receive(
        call.queue,
        limit=given.integer(parameters, "MaxNumberOfMessages", least=1, most=MAX_BATCH) or 1,
        visibility=_visibility(parameters),
        wait=wait,
        attempt_id=given.optional_text(parameters, "ReceiveRequestAttemptId"),
        met=call.met,
    )
    messages = [answers.message(message, system=system, attributes=attributes) for message in received]
    return {"Messages": messages} if messages else {}


def _send(call: Call) -> Json:
    queue = call.queue
    return _send_one(call, queue, given.sending(call.parameters))


def _send_batch(call: Call) -> Json:
    queue = call.queue
    entries = entries_of(call.operation, call.parameters)
    sendings = {entry["Id"]: given.sending(entry) for entry in entries}
    check_batch_size(sendings.values())
    check_batch(sendings.values(), call.sqs.engine.settings(queue))
    return carry_out_each(
        entries, lambda entry: _send_one(call, queue, sendings[entry["Id"]]), failing=call.met.failing
    )


def _send_one(call: Call, queue: str, sending: Sending) -> Json:
    traced = call.trace_header is not None and sending.trace_header is None
    if traced:
        sending = replace(sending, trace_header=call.trace_header)
    answer = answers.sent(call.sqs.engine.send(queue, sending, now=call.now))
    if traced:
        # the digest is of the attributes that the sender gave
        answer.pop("MD5OfMessageSystemAttributes", None)
    return answer


def _delete(call: Call) -> Json:
    return _delete_one(call, call.queue, _receipt(call.parameters))


def _delete_batch(call: Call) -> Json:
    queue = call.queue
    entries = entries_of(call.operation, call.parameters)
    receipts = {entry["Id"]: _receipt(entry) for entry in entries}
    return carry_out_each(
        entries, lambda entry: _delete_one(call, queue, receipts[entry["Id"]]), failing=call.met.failing
    )


def _delete_one(call: Call, queue: str, receipt: ReceiptHandle) -> Json:
    call.sqs.engine.delete(queue, receipt, redeliver=call.met.redeliver, now=call.now)
    return {}


def _change_visibility(call: Call) -> Json:
    return _change_one(call, call.queue, call.parameters)


def _change_visibility_batch(call: Call) -> Json:
    queue = call.queue
    entries = entries_of(call.operation, call.parameters)
    for entry in entries:  # an entry of another shape fails the request before any entry is carried out
        _receipt(entry)
        given.number(entry, "VisibilityTimeout")
    return carry_out_each(entries, lambda entry: _change_one(call, queue, entry), failing=call.met.failing)


def _change_one(call: Call, queue: str, parameters: Json) -> Json:
    timeout = _visibility(parameters)
    if timeout is None:
        raise missing_parameter("VisibilityTimeout")
    call.sqs.engine.change_visibility(queue, _receipt(parameters), timeout, now=call.now)
    return {}


def _receipt(parameters: Json) -> ReceiptHandle:
    return ReceiptHandle(given.text(parameters, "ReceiptHandle"))


def _visibility(parameters: Json) -> int | None:
    return given.integer(parameters, "VisibilityTimeout", least=0, most=int(MAX_VISIBILITY))


MESSAGE_OPERATIONS: Mapping[str, Operation] = {
    "ChangeMessageVisibility": _change_visibility,
    "ChangeMessageVisibilityBatch": _change_visibility_batch,
    "DeleteMessage": _delete,
    "DeleteMessageBatch": _delete_batch,
    "SendMessage": _send,
    "SendMessageBatch": _send_batch,
}
