"""The messages of a receive's answer: an odd one costs its own odd parts, and never the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqsd_adapters.queue.sqs.fields import MISREAD, attribute, seconds
from sqsd_adapters.queue.sqs.salvage import Salvage
from sqsd_adapters.queue.sqs.wire import MalformedAnswer, Shape
from sqsd_core.message import NO_ATTRIBUTES, Message
from sqsd_core.tuples import new

_TEXTS = frozenset({str, type(None)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A message that could not be read completely, or that must not overtake one that cannot run."""

    #: empty where it cannot be read
    id: str
    #: the parts that could not be read, by SQS's names
    dropped: Sequence[str]
    #: whether it runs with the rest; else it is left in the queue
    runs: bool


class Received(NamedTuple):
    """What an answer brought."""

    messages: Sequence[Message]
    odd: Sequence[Odd] = ()
    #: messages beyond those that were asked for; they are left in the queue
    surplus: int = 0


def received(answer: Shape, *, fifo: bool, at_most: int) -> Received:
    """Read the answer to a receive of ``at_most`` messages; only those of a FIFO queue have groups that order them.

    Raises:
        MalformedAnswer: it brings something, and none of it has the id of a message
    """
    try:
        raws = answer.get("Messages") or ()
        if len(raws) <= at_most:
            return Received([_message(raw, fifo=fifo) for raw in raws])
    except MISREAD:
        pass
    if not isinstance(raws, list):
        raise MalformedAnswer
    return _piecewise(raws[:at_most], fifo=fifo, surplus=max(0, len(raws) - at_most))


def _message(raw: Shape, *, fifo: bool) -> Message:
    """Read a message that is written as SQS writes it; each that is received passes here, so few calls are made."""
    system = raw.get("Attributes") or {}
    message_id, receipt, body = raw["MessageId"], raw["ReceiptHandle"], raw["Body"]
    # ``isascii`` is what only a text has
    if not (message_id.isascii() and receipt.isascii() and message_id and receipt and body.__class__ is str):
        raise ValueError("not a message of SQS")
    group, sender, trace = system.get("MessageGroupId"), system.get("SenderId"), system.get("AWSTraceHeader")
    texts: tuple[type, ...] = (group.__class__, sender.__class__, trace.__class__)
    if fifo:
        group_id, tenant_id = group, None
        sequence, deduplication = system.get("SequenceNumber"), system.get("MessageDeduplicationId")
        texts += (sequence.__class__, deduplication.__class__)
    else:
        group_id = sequence = deduplication = None
        tenant_id = group
    if not _TEXTS.issuperset(texts):
        raise TypeError("not a text")
    receive_count = int(system.get("ApproximateReceiveCount", 1))
    attributes = raw.get("MessageAttributes")
    return new(
        Message,
        (
            message_id,
            receipt,
            body,
            receive_count if receive_count > 1 else 1,  # noqa: FURB136 - at a third of the time of max
            seconds(system.get("ApproximateFirstReceiveTimestamp")),
            seconds(system.get("SentTimestamp")),
            sender,
            group_id,
            tenant_id,
            trace,
            {name: attribute(each) for name, each in attributes.items()} if attributes else NO_ATTRIBUTES,
            sequence,
            deduplication,
            None,
        ),
    )


def _piecewise(raws: Sequence[Any], *, fifo: bool, surplus: int) -> Received:
    messages: list[Message] = []
    odd: list[Odd] = []
    left: set[str | None] = set()
    for raw in raws:
        salvage = Salvage(raw, fifo=fifo)
        # nothing overtakes what is left of its group, and a group that is not known may be any
        waits = fifo and bool(left) and (salvage.group_id is None or not left.isdisjoint({salvage.group_id, None}))
        if salvage.message is not None and not waits:
            messages.append(salvage.message)
        else:
            left.add(salvage.group_id)
        if salvage.dropped or waits:
            odd.append(Odd(id=salvage.id, dropped=salvage.dropped, runs=salvage.message is not None and not waits))
    if raws and not messages and not any(each.id for each in odd):
        raise MalformedAnswer
    return Received(messages, odd, surplus)
