"""The lock table as conditional writes: what DynamoDB is sent for a lock, and what its answer means; pure.

An item is one lock. DynamoDB has no clock to ask for, so that instants are those of the daemons' wall clocks.
"""

from collections.abc import Mapping, Sequence
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
    parameters: Mapping[str, Any]


def writes_of(steps: Sequence[Step], *, prefix: str) -> list[Write]:
    """One write per lock, whose key is ``prefix`` and the message id."""
    return [
        Write(prefix + lock.message_id, step.verb, holder(lock), step.milliseconds)
        for step in steps
        for lock in step.locks
    ]


def request(write: Write, *, table: str, now: float) -> Request:
    """What carries a write out; ``now`` is Unix time in seconds."""
    until = round(now * 1000) + write.milliseconds
    match write.verb:
        case Verb.ACQUIRE:
            condition = f"attribute_not_exists({KEY}) OR {UNTIL} < :free OR {HOLDER} = :holder"
            item = _item(write.key, write.holder, until)
            return _put(table, item, condition=condition, free=round((now - SKEW) * 1000), holder=write.holder)
        case Verb.COMPLETE:
            condition = f"attribute_not_exists({KEY}) OR {HOLDER} <> :done OR {UNTIL} < :until"
            return _put(table, _item(write.key, DONE, until), condition=condition, done=DONE, until=until)
        case Verb.RENEW:
            return Request(
                "update_item",
                {
                    "TableName": table,
                    "Key": {KEY: {"S": write.key}},
                    "UpdateExpression": f"SET {UNTIL} = :until, {EXPIRES} = :expires",
                    "ConditionExpression": f"{HOLDER} = :holder AND {UNTIL} > :now",
                    "ExpressionAttributeValues": _values(
                        holder=write.holder, until=until, now=round(now * 1000), expires=_expires(until)
                    ),
                },
            )
        case Verb.RELEASE:
            return Request(
                "delete_item",
                {
                    "TableName": table,
                    "Key": {KEY: {"S": write.key}},
                    "ConditionExpression": f"{HOLDER} = :holder",
                    "ExpressionAttributeValues": _values(holder=write.holder),
                },
            )
        case _:
            assert_never(write.verb)


def succeeded(verb: Verb) -> str:
    """The letter of a write that was carried out."""
    return "A" if verb is Verb.ACQUIRE else OK


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


def _put(table: str, item: Mapping[str, Mapping[str, str]], *, condition: str, **values: str | int) -> Request:
    return Request(
        "put_item",
        {
            "TableName": table,
            "Item": item,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": _values(**values),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
    )


def _item(key: str, holder: str, until: int) -> dict[str, dict[str, str]]:
    return {
        KEY: {"S": key},
        HOLDER: {"S": holder},
        UNTIL: {"N": str(until)},
        EXPIRES: {"N": str(_expires(until))},
    }


def _expires(until: int) -> int:
    return ceil(until / 1000) + KEPT


def _values(**values: str | int) -> dict[str, dict[str, str]]:
    return {f":{name}": {"S" if isinstance(value, str) else "N": str(value)} for name, value in values.items()}
