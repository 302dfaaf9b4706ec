"""SQS's batches: one to ten entries with ids of their own, each carried out by itself."""

import re
from collections.abc import Callable, Container

from sqsd_adapters.queue.embedded.answers import failed_entry
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError, malformed
from sqsd_adapters.queue.embedded.parameters import Json, text
from sqsd_core.limits import MAX_BATCH

_ENTRY_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")


def carry_out_each(entries: list[Json], carry_out: Callable[[Json], Json], *, failing: Container[int] = ()) -> Json:
    """Carry out each entry; what fails is reported beside what succeeded. ``failing`` fail by order."""
    answer: dict[str, list[Json]] = {"Successful": [], "Failed": []}
    for position, entry in enumerate(entries):
        if position in failing:
            error = SqsError(ErrorCode.INTERNAL_ERROR, "Request failed due to an internal error.")
            answer["Failed"].append(failed_entry(entry["Id"], error))
            continue
        try:
            answer["Successful"].append({"Id": entry["Id"], **carry_out(entry)})
        except SqsError as error:
            if error.code is ErrorCode.QUEUE_DOES_NOT_EXIST:
                raise
            answer["Failed"].append(failed_entry(entry["Id"], error))
    return {key: value for key, value in answer.items() if value}


def entries_of(operation: str, parameters: Json) -> list[Json]:
    """The entries of a batch request.

    Raises:
        SqsError: where they break a rule of the batch as a whole.
    """
    entries = parameters.get("Entries") or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise malformed("Entries")
    if not entries:
        raise SqsError(ErrorCode.EMPTY_BATCH, f"There should be at least one {operation}RequestEntry in the request.")
    if len(entries) > MAX_BATCH:
        raise SqsError(
            ErrorCode.TOO_MANY_ENTRIES,
            f"Maximum number of entries per request are {MAX_BATCH}. You have sent {len(entries)}.",
        )
    ids = [text(entry, "Id") for entry in entries]
    if not all(map(_ENTRY_ID.fullmatch, ids)):
        raise SqsError(
            ErrorCode.INVALID_BATCH_ID,
            "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
            "It can be at most 80 letters long.",
        )
    repeated = next((name for position, name in enumerate(ids) if name in ids[:position]), None)
    if repeated is not None:
        raise SqsError(ErrorCode.BATCH_IDS_NOT_DISTINCT, f"Id {repeated} repeated.")
    return entries
