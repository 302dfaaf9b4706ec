"""RedrivePolicy and RedriveAllowPolicy: where dead letters go, and from which queues a queue takes them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqsd_adapters.queue.embedded.errors import SqsError, invalid_value_of
from sqsd_adapters.queue.embedded.parameters import json_map
from sqsd_adapters.queue.embedded.place import HOME, Arn, Place

MAX_RECEIVES = 1_000  # SQS: RedrivePolicy
MAX_SOURCES = 10  # SQS: RedriveAllowPolicy, sourceQueueArns

_POLICY = "RedrivePolicy"
_ALLOW_POLICY = "RedriveAllowPolicy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redrive:
    """Where a message goes that was received too often."""

    #: the dead-letter queue's name
    target: str
    #: receives that a message may have; the next attempt moves it
    max_receive_count: int
    #: the ARN as given
    target_arn: str

    def __str__(self) -> str:
        return _compact({"deadLetterTargetArn": self.target_arn, "maxReceiveCount": self.max_receive_count})


@dataclass(frozen=True, slots=True, kw_only=True)
class RedriveAllow:
    """Which queues may name this one as their dead-letter queue."""

    permission: str
    source_arns: tuple[str, ...] = ()

    def admits(self, source_arn: str) -> bool:
        match self.permission:
            case "denyAll":
                return False
            case "byQueue":
                return source_arn in self.source_arns
            case _:
                return True


def redrive_to(name: str, max_receive_count: int, *, place: Place = HOME) -> dict[str, str]:
    """The attribute that makes ``name`` a queue's dead-letter queue."""
    policy = {"deadLetterTargetArn": place.arn_of(name), "maxReceiveCount": max_receive_count}
    return {_POLICY: _compact(policy)}


def parse_redrive(text: str, *, place: Place) -> Redrive:
    """Read a RedrivePolicy; ``maxReceiveCount`` may be a string.

    Raises:
        SqsError: InvalidParameterValue.
    """
    fields = json_map(text)
    if fields is None:
        raise _refused(text, "Redrive policy is not a valid JSON map.")
    for name in ("deadLetterTargetArn", "maxReceiveCount"):
        if name not in fields:
            raise _refused(text, f"Redrive policy does not contain mandatory attribute: {name}.")
    given = fields["deadLetterTargetArn"]
    target_arn = Arn.parse(given) if isinstance(given, str) else None
    if target_arn is None:
        raise _refused(text, "Invalid value for deadLetterTargetArn.")
    if not target_arn.is_in(place):
        same = "account" if target_arn.account_id != place.account_id else "region"
        raise _refused(text, f"Dead-letter queue must be in same {same} as the source.")
    receives = _receives(text, fields["maxReceiveCount"])
    return Redrive(target=target_arn.name, max_receive_count=receives, target_arn=str(given))


def parse_redrive_allow(text: str) -> RedriveAllow:
    """Read a RedriveAllowPolicy.

    Raises:
        SqsError: InvalidParameterValue.
    """
    fields = json_map(text) or {}
    permission, sources = fields.get("redrivePermission"), fields.get("sourceQueueArns")
    match permission, sources:
        case "allowAll" | "denyAll", None:
            return RedriveAllow(permission=str(permission))
        case "byQueue", list() if 1 <= len(sources) <= MAX_SOURCES and all(isinstance(arn, str) for arn in sources):
            return RedriveAllow(permission="byQueue", source_arns=tuple(sources))
    raise invalid_value_of(
        _ALLOW_POLICY, text, "Amazon SQS can't create the redrive allow policy, as it's in an unsupported format."
    )


def unusable_target(redrive: Redrive, reason: str) -> SqsError:
    """The dead-letter queue that a policy names cannot be used."""
    return _refused(str(redrive), reason)


def _receives(text: str, given: object) -> int:
    try:
        receives = int(given) if isinstance(given, int | str) and not isinstance(given, bool) else 0
    except ValueError:
        receives = 0
    if not 1 <= receives <= MAX_RECEIVES:
        raise _refused(
            text,
            f"Invalid value for maxReceiveCount: {given}, valid values are from 1 to {MAX_RECEIVES} both inclusive.",
        )
    return receives


def _compact(fields: Mapping[str, object]) -> str:
    return json.dumps(fields, separators=(",", ":"))


def _refused(text: str, reason: str) -> SqsError:
    return invalid_value_of(_POLICY, text, reason)
