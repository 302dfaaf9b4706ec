"""The operations of a queue's owner: tags, permissions and message move tasks."""

from collections.abc import Mapping

from sqsd_adapters.queue.embedded import parameters as given
from sqsd_adapters.queue.embedded.call import Call, Operation
from sqsd_adapters.queue.embedded.errors import missing_parameter
from sqsd_adapters.queue.embedded.moves import MAX_KEPT, MoveTask, Status
from sqsd_adapters.queue.embedded.parameters import Json
from sqsd_adapters.queue.embedded.tags import no_key


def _tag_queue(call: Call) -> Json:
    queue = call.queue
    tags = given.string_map(call.parameters, "Tags")
    if not tags:
        raise missing_parameter("Tags")
    call.sqs.engine.tag(queue, tags)
    return {}


def _untag_queue(call: Call) -> Json:
    queue = call.queue
    keys = given.names(call.parameters, "TagKeys")
    if not keys:
        raise no_key()
    call.sqs.engine.untag(queue, keys)
    return {}


def _list_tags(call: Call) -> Json:
    tags = call.sqs.engine.tags(call.queue)
    return {"Tags": tags} if tags else {}


def _add_permission(call: Call) -> Json:
    call.sqs.engine.add_permission(
        call.queue,
        label=given.text(call.parameters, "Label"),
        accounts=given.names(call.parameters, "AWSAccountIds"),
        actions=given.names(call.parameters, "Actions"),
        now=call.now,
    )
    return {}


def _remove_permission(call: Call) -> Json:
    call.sqs.engine.remove_permission(call.queue, label=given.text(call.parameters, "Label"), now=call.now)
    return {}


def _start_move(call: Call) -> Json:
    task = call.sqs.start_move(
        given.text(call.parameters, "SourceArn"),
        destination_arn=given.optional_text(call.parameters, "DestinationArn"),
        rate=given.number(call.parameters, "MaxNumberOfMessagesPerSecond"),
    )
    return {"TaskHandle": task.handle}


def _list_moves(call: Call) -> Json:
    most = given.integer(call.parameters, "MaxResults", least=1, most=MAX_KEPT) or 1
    tasks = call.sqs.moves.listed(given.text(call.parameters, "SourceArn"))
    return {"Results": [_shown(task) for task in tasks[:most]]}


def _cancel_move(call: Call) -> Json:
    task = call.sqs.moves.cancel(given.text(call.parameters, "TaskHandle"))
    return {"ApproximateNumberOfMessagesMoved": task.moved}


def _shown(task: MoveTask) -> Json:
    fields = {
        "TaskHandle": task.handle if task.status is Status.RUNNING else None,
        "Status": str(task.status),
        "SourceArn": task.source_arn,
        "DestinationArn": task.destination_arn,
        "MaxNumberOfMessagesPerSecond": task.rate,
        "ApproximateNumberOfMessagesMoved": task.moved,
        "ApproximateNumberOfMessagesToMove": task.to_move,
        "FailureReason": task.failure,
        "StartedTimestamp": int(task.started_at * 1000),
    }
    return {name: value for name, value in fields.items() if value is not None}


OWNER_OPERATIONS: Mapping[str, Operation] = {
    "AddPermission": _add_permission,
    "CancelMessageMoveTask": _cancel_move,
    "ListMessageMoveTasks": _list_moves,
    "ListQueueTags": _list_tags,
    "RemovePermission": _remove_permission,
    "StartMessageMoveTask": _start_move,
    "TagQueue": _tag_queue,
    "UntagQueue": _untag_queue,
}
