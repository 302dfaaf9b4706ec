"""The fault switches of the page: each is a set of faults of the embedded SQS, with words for people.

==================  =============================================================================
deliver-twice       each message is delivered once more after its deletion, and sqsd forgets
lose-deletes        the same, and sqsd remembers that the message is done
out-of-order        the newest message is received first
late                each receive takes longer
fail-deletes        no message can be deleted
end-visibility      a message is visible again after a second, while the worker still has it
throttle            half of the calls are refused
take-sqs-away       every connection is reset
==================  =============================================================================
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind

RECEIVE = "ReceiveMessage"
DELETES = ("DeleteMessageBatch", "DeleteMessage")
LATE = 3.0  # seconds
SHORT = 1.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """One switch."""

    label: str
    #: what happens while it is on
    effect: str
    faults: tuple[Fault, ...]
    #: whether the daemon's locks forget what is done
    forgets: bool = False


_REDELIVER = tuple(Fault(kind=FaultKind.REDELIVER, operation=operation) for operation in DELETES)

SWITCHES: Mapping[str, Switch] = {
    "deliver-twice": Switch(
        label="Deliver twice",
        effect="Each message is delivered once more after its success, and sqsd has forgotten it. The worker is "
        "called again with the same id.",
        faults=_REDELIVER,
        forgets=True,
    ),
    "lose-deletes": Switch(
        label="Lose the delete",
        effect="SQS confirms the deletion and delivers the message once more. sqsd remembers that it is done.",
        faults=_REDELIVER,
    ),
    "out-of-order": Switch(
        label="Out of order",
        effect="The newest message is received first. A FIFO queue keeps its order.",
        faults=(Fault(kind=FaultKind.NEWEST_FIRST, operation=RECEIVE),),
    ),
    "late": Switch(
        label="Late",
        effect=f"Each receive takes {LATE:g} seconds longer.",
        faults=(Fault(kind=FaultKind.DELAY, operation=RECEIVE, seconds=LATE),),
    ),
    "fail-deletes": Switch(
        label="Fail the delete",
        effect="No message can be deleted. sqsd tries again, and remembers what is done.",
        faults=(
            Fault(kind=FaultKind.FAIL_ENTRIES, operation=DELETES[0]),
            Fault(kind=FaultKind.SERVER_ERROR, operation=DELETES[1]),
        ),
    ),
    "end-visibility": Switch(
        label="Let visibility end",
        effect="A received message is visible again after a second, while the worker still has it.",
        faults=(Fault(kind=FaultKind.SHORT_VISIBILITY, operation=RECEIVE, seconds=SHORT),),
    ),
    "throttle": Switch(
        label="Throttle",
        effect="SQS refuses half of the calls with ThrottlingException.",
        faults=(Fault(kind=FaultKind.THROTTLE, probability=0.5),),
    ),
    "take-sqs-away": Switch(
        label="Take SQS away",
        effect="Every connection to SQS is reset.",
        faults=(Fault(kind=FaultKind.RESET),),
    ),
}
