"""All operations of SQS by name, and the one way to carry a call out."""

from collections.abc import Mapping

from sqsd_adapters.queue.embedded.call import Call, Operation
from sqsd_adapters.queue.embedded.errors import invalid_action
from sqsd_adapters.queue.embedded.message_operations import MESSAGE_OPERATIONS, receive
from sqsd_adapters.queue.embedded.owner_operations import OWNER_OPERATIONS
from sqsd_adapters.queue.embedded.parameters import Json
from sqsd_adapters.queue.embedded.queue_operations import QUEUE_OPERATIONS

RECEIVE = "ReceiveMessage"

_OPERATIONS: Mapping[str, Operation] = {**MESSAGE_OPERATIONS, **QUEUE_OPERATIONS, **OWNER_OPERATIONS}


async def carry_out(call: Call) -> Json:
    """Do what a call asks for, and save it; raises SqsError as SQS would answer."""
    if call.operation == RECEIVE:
        answer = await receive(call)
    elif (operation := _OPERATIONS.get(call.operation)) is not None:
        answer = operation(call)
    else:
        raise invalid_action(call.operation)
    call.sqs.save()
    return answer
