"""What the records of a lock file say is what was done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sqsd_adapters.lock_store.sqlite.record import Garbled, Replica, records, replay
from sqsd_adapters.lock_store.steps import Step, Verb
from sqsd_core.message import MessageId
from sqsd_core.policy.locking import Lock

KEYS = [MessageId("first"), MessageId("second"), MessageId("third\r\n\x00é🙂"), MessageId("half\ud800")]
locks = st.builds(Lock, st.sampled_from(KEYS), st.sampled_from(["ours", "theirs"]))
some_steps = st.lists(
    st.builds(Step, st.sampled_from(Verb), st.lists(locks, max_size=4), st.sampled_from([1_000, 10_000, 100_000])),
    max_size=4,
)
spans = st.sampled_from([0.0, 0.5, 5.0, 50.0])
calls = st.lists(st.tuples(spans, some_steps, st.booleans()), max_size=12)


def claims(replica: Replica, now: float) -> str:
    """What a third daemon would be answered, key by key."""
    return replica.apply([Step(Verb.ACQUIRE, of("third", *KEYS), 1)], at=now)


def of(token: str, *message_ids: str) -> list[Lock]:
    return [Lock(MessageId(message_id), token) for message_id in message_ids]


@given(calls, st.integers(0, 12))
def test_who_reads_the_records_agrees_with_who_wrote_them(
    history: list[tuple[float, list[Step], bool]], joined: int
) -> None:
    # The late reader begins at some snapshot: what came before it is deleted, done messages aside.
    writer, reader, late = (Replica(max_done=1_000) for _ in range(3))
    now = 1_000.0
    for number, (elapsed, steps, snapshot) in enumerate(history):
        now += elapsed
        letters = writer.apply(steps, at=now)
        written = [writer.snapshot(now=now)] if snapshot else []
        for record in [*records(steps, letters), *written]:
            replay(record.text, reader, at=now)
            if record.done or number >= joined:
                replay(record.text, late, at=now)
    last = writer.snapshot(now=now)
    replay(last.text, late, at=now)

    assert claims(reader, now) == claims(late, now) == claims(writer, now)


def test_what_had_no_effect_is_not_written() -> None:
    steps = [Step(Verb.ACQUIRE, of("x", *"ab"), 5), Step(Verb.RENEW, of("x", "c"), 5)]

    assert records(steps, "HDL") == []
    assert [record.text for record in records(steps, "HAL")] == ['[["b","acquire","x",5]]']


def test_done_messages_are_written_without_their_holders() -> None:
    steps = [Step(Verb.COMPLETE, of("x", *"ab"), 5)]

    [record] = records(steps, "..")

    assert (record.text, record.done, record.milliseconds) == ('{"5":["a","b"]}', 2, 5)


@pytest.mark.parametrize(
    "text",
    [
        None, 3, b"\xff", "", "[", "7", "null", '"x"', "[1]", "[[1]]", '[["a","steal","b",1]]', '[["a","acquire",1,1]]',
        '[["a","acquire","b",0]]', '[["a","acquire","b",1e99]]', '{"x":["a"]}', '{"1":[2]}', '{"0":["a"]}',
        '["snapshot",1]', "[" * 100_000,
    ],
)  # fmt: skip
def test_any_other_text_is_garbled(text: object) -> None:
    with pytest.raises(Garbled):
        replay(text, Replica(max_done=10), at=0.0)
