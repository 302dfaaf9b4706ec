"""Whether an answer with status 2xx is one of S3's; pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqsd_adapters.invoker.envelope.errors import StoreUnavailable

_OF_S3 = ("x-amz-request-id", "x-amz-id-2")


def demand_object(answer: Mapping[str, Any]) -> None:
    """Refuse an answer to GetObject or HeadObject that tells of no object.

    Every server of S3's protocol sends an ETag, and most send the headers of a request's id. A proxy's page would be
    invoked as the body of the message.

    Raises:
        StoreUnavailable: something else answers.
    """
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    tag, kind = headers.get("etag", ""), headers.get("content-type", "")
    of_s3 = any(name in headers for name in _OF_S3)
    if not tag or (not of_s3 and (tag.startswith("W/") or kind.startswith("text/html"))):
        raise _foreign()


def demand_deletions(answer: Mapping[str, Any], keys: Sequence[str]) -> None:
    """Refuse an answer to DeleteObjects that does not tell of each key."""
    if len(answer.get("Deleted") or ()) + len(answer.get("Errors") or ()) < len(keys):
        raise _foreign()


def demand_buckets(answer: Mapping[str, Any]) -> None:
    """Refuse an answer to ListBuckets that has none of its parts."""
    if not answer.keys() & {"Buckets", "Owner"}:
        raise _foreign()


def _foreign() -> StoreUnavailable:
    return StoreUnavailable("the answer is not one of S3's; does a proxy answer in its place?")
