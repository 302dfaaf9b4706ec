"""The operations on queues: create, find, list, change, purge and delete."""

from collections.abc import Mapping

from sqsd_adapters.queue.embedded import parameters as given
from sqsd_adapters.queue.embedded.call import Call, Operation
from sqsd_adapters.queue.embedded.errors import invalid_parameter, queue_does_not_exist
from sqsd_adapters.queue.embedded.parameters import Json
from sqsd_adapters.queue.embedded.settings import check_attribute_name

MAX_RESULTS = 1_000  # SQS: ListQueues, ListDeadLetterSourceQueues


def _create_queue(call: Call) -> Json:
    name = given.text(call.parameters, "QueueName")
    attributes = given.string_map(call.parameters, "Attributes")
    if name.endswith(".fifo") and "FifoQueue" not in attributes:
        raise invalid_parameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
    call.sqs.engine.create_queue(name, attributes, tags=given.string_map(call.parameters, "tags"), now=call.now)
    return {"QueueUrl": call.url_of(name)}


def _get_queue_url(call: Call) -> Json:
    name = given.text(call.parameters, "QueueName")
    engine = call.sqs.engine
    owner = given.optional_text(call.parameters, "QueueOwnerAWSAccountId") or engine.place.account_id
    if name not in engine or owner != engine.place.account_id:
        raise queue_does_not_exist()
    return {"QueueUrl": call.url_of(name)}


def _list_queues(call: Call) -> Json:
    prefix = given.optional_text(call.parameters, "QueueNamePrefix") or ""
    names, more = _page(call, call.sqs.engine.queue_names(prefix))
    return ({"QueueUrls": [call.url_of(name) for name in names]} if names else {}) | more


def _list_sources(call: Call) -> Json:
    names, more = _page(call, call.sqs.engine.dead_letter_sources(call.queue))
    return {"queueUrls": [call.url_of(name) for name in names]} | more


def _page(call: Call, names: list[str]) -> tuple[list[str], Json]:
    """One page of sorted names, and the token of the next one."""
    most = given.integer(call.parameters, "MaxResults", least=1, most=MAX_RESULTS)
    after = given.optional_text(call.parameters, "NextToken") or ""
    left = [name for name in names if name > after]
    page = left[: most or MAX_RESULTS]
    goes_on = most is not None and len(page) < len(left)
    return page, {"NextToken": page[-1]} if goes_on else {}


def _delete_queue(call: Call) -> Json:
    call.sqs.engine.delete_queue(call.queue)
    return {}


def _purge_queue(call: Call) -> Json:
    call.sqs.engine.purge(call.queue, now=call.now)
    return {}


def _get_attributes(call: Call) -> Json:
    known = call.sqs.engine.attributes(call.queue, now=call.now)
    wanted = given.names(call.parameters, "AttributeNames")
    if "All" in wanted:
        return {"Attributes": known}
    for name in wanted:
        check_attribute_name(name)
    chosen = {name: known[name] for name in wanted if name in known}
    return {"Attributes": chosen} if chosen else {}


def _set_attributes(call: Call) -> Json:
    attributes = given.string_map(call.parameters, "Attributes")
    call.sqs.engine.set_attributes(call.queue, attributes, now=call.now)
    return {}


QUEUE_OPERATIONS: Mapping[str, Operation] = {
    "CreateQueue": _create_queue,
    "DeleteQueue": _delete_queue,
    "GetQueueAttributes": _get_attributes,
    "GetQueueUrl": _get_queue_url,
    "ListDeadLetterSourceQueues": _list_sources,
    "ListQueues": _list_queues,
    "PurgeQueue": _purge_queue,
    "SetQueueAttributes": _set_attributes,
}
