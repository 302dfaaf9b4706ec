"""The lock table as conditional writes: what DynamoDB is sent for a lock, and what its answer means; pure.

An item is one lock. DynamoDB has no clock to ask for, so that instants are those of the daemons' wall clocks.
"""

from collections.abc import Sequence
from math import ceil
from typing import Any, NamedTuple, assert_never

from sqsd_adapters.lock_store.steps import LOST, OK, Step, Verb, holder
from sqsd_core.errors import LockStoreUnavailable

#: seconds by which the clocks of two daemons may differ: a lease is taken over only this much later
SKEW = 1.0
#: seconds from the end of a lock to its deletion by DynamoDB, whose clock may be ahead; it deletes hours later anyway
KEPT = 3_600

KEY = "lock_id"
HOLDER = "held_by"
UNTIL = "lasts_until"  # milliseconds since 1970
EXPIRES = "expires_at"  # seconds since 1970, for DynamoDB's time to live
DONE = "done"

#: the error that a condition is answered with
CONDITION_FAILED = "ConditionalCheckFailedException"


class Write(NamedTuple):
    """What is asked for one lock."""

    key: str
    verb: Verb
    #: never equal to ``done``
    holder: str
    milliseconds: int


class Request(NamedTuple):
    """One call of the SDK's client."""

    #: the name of the client's method
    operation: str
    parameters: dict[str, Any]


def writes_of(steps: Sequence[Step], *, prefix: str) -> list[Write]:
    """One write per lock, whose key is ``prefix`` and the message id."""
    return [
        Write(prefix + lock.message_id, step.verb, holder(lock), step.milliseconds)
        for step in steps
        for lock in step.locks
    ]


def request(write: Write, *, table: str, now: float) -> Request:
    """What carries a write out; ``now`` is Unix time in seconds. The answer repeats the item, see ``succeeded``."""
    match write.verb:
        case Verb.ACQUIRE:
            condition = f"attribute_not_exists({KEY}) OR {UNTIL} < :free OR {HOLDER} = :holder"
            update = _update(write, table, condition, now=now, free=round((now - SKEW) * 1000))
            update.parameters["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
            return update
        case Verb.COMPLETE:
            condition = f"attribute_not_exists({KEY}) OR {HOLDER} <> :holder OR {UNTIL} < :until"
            return _update(write, table, condition, now=now)
        case Verb.RENEW:
            condition = f"{HOLDER} = :holder AND {UNTIL} > :instant"
            return _update(write, table, condition, now=now, instant=round(now * 1000))
        case Verb.RELEASE:
            return Request(
                "delete_item",
                {
                    "TableName": table,
                    "Key": {KEY: {"S": write.key}},
                    "ConditionExpression": f"{HOLDER} = :holder",
                    "ExpressionAttributeValues": _values(holder=write.holder),
                    "ReturnValues": "ALL_OLD",
                },
            )
        case _:
            assert_never(write.verb)


def succeeded(write: Write, item: object) -> str:
    """The letter of a write that was carried out, as the ``item`` in its answer proves.

    Without that proof, any answer with status 200 would be a lock: a proxy's page, for example.

    Raises:
        LockStoreUnavailable: the answer is not DynamoDB's
    """
    match item:
        case {"lock_id": {"S": key}, "held_by": {"S": holder}} if (key, holder) == (write.key, _holder(write)):
            return "A" if write.verb is Verb.ACQUIRE else OK
        case _:
            raise LockStoreUnavailable("DynamoDB: answer not understood; does a proxy answer in its place?")


def refused(verb: Verb, item: object) -> str:
    """The letter of a write whose condition was not met by the ``item``.

    Raises:
        LockStoreUnavailable: the item is none of ours
    """
    match verb:
        case Verb.RENEW:
            return LOST
        case Verb.ACQUIRE:
            return _claim(item)
        case _:
            return OK


def _claim(item: object) -> str:
    match item:
        case {"held_by": {"S": "done"}}:
            return "D"
        case {"held_by": {"S": str()}}:
            return "H"
        case _:
            raise LockStoreUnavailable("DynamoDB: answer not understood; does another program use this table?")


def _update(write: Write, table: str, condition: str, *, now: float, **values: int) -> Request:
    until = round(now * 1000) + write.milliseconds
    return Request(
        "update_item",
        {
            "TableName": table,
            "Key": {KEY: {"S": write.key}},
            "UpdateExpression": f"SET {HOLDER} = :holder, {UNTIL} = :until, {EXPIRES} = :expires",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": _values(
                holder=_holder(write), until=until, expires=ceil(until / 1000) + KEPT, **values
            ),
            "ReturnValues": "ALL_NEW",
        },
    )


def _holder(write: Write) -> str:
    """Who has the lock after the write, or had it until a release."""
    return DONE if write.verb is Verb.COMPLETE else write.holder


def _values(**values: str | int) -> dict[str, dict[str, str]]:
    return {f":{name}": {"S" if isinstance(value, str) else "N": str(value)} for name, value in values.items()}
