"""The rules of a batch as a whole."""

import pytest

from sqsd_adapters.queue.embedded.batch import entries_of
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError


@pytest.mark.parametrize(
    ("ids", "code", "text"),
    [
        ([], ErrorCode.EMPTY_BATCH, "There should be at least one SendMessageBatchRequestEntry in the request."),
        ([f"{n}" for n in range(11)], ErrorCode.TOO_MANY_ENTRIES, "Maximum number of entries per request are 10."),
        (["a", "b", "b", "a"], ErrorCode.BATCH_IDS_NOT_DISTINCT, "Id b repeated."),
        (["a b"], ErrorCode.INVALID_BATCH_ID, "A batch entry id can only contain alphanumeric characters"),
        (["a" * 81], ErrorCode.INVALID_BATCH_ID, "It can be at most 80 letters long."),
    ],
)
def test_a_batch_that_breaks_a_rule_is_refused_in_sqs_words(ids: list[str], code: ErrorCode, text: str) -> None:
    with pytest.raises(SqsError, match=text) as caught:
        entries_of("SendMessageBatch", {"Entries": [{"Id": name} for name in ids]})
    assert caught.value.code is code


@pytest.mark.parametrize("entries", ["x", {"Id": "x"}, [1], [{}]])
def test_entries_of_another_shape_are_refused(entries: object) -> None:
    with pytest.raises(SqsError):
        entries_of("SendMessageBatch", {"Entries": entries})
