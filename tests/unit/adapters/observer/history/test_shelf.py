"""Which messages are forgotten first."""

from sqsd_adapters.observer.history.notes import arrivals, read_deletions, read_successes, read_trouble
from sqsd_adapters.observer.history.record import Mark, Record
from sqsd_adapters.observer.history.shelf import Shelf
from sqsd_core.message import Message, MessageId, ReceiptHandle


def record(at: float) -> Record:
    return ["", 1, ("m", 1, None, None), (Mark.RECEIVED, at, 1, "here")]


def arrive(shelf: Shelf, at: float, *names: str) -> None:
    messages = [Message(id=MessageId(name), receipt=ReceiptHandle("r"), body="b") for name in names]
    shelf.notes.add(arrivals("", messages, at, "here"))
    if shelf.notes.arrived(len(messages), at) and shelf.is_full:
        shelf.trim()


def fail(shelf: Shelf, name: str, at: float) -> None:
    message_id = MessageId(name)
    shelf.mark(message_id)
    shelf.notes.add((read_trouble, (message_id,), ("", 1, (name, 1, None, None)), (Mark.RELEASED, at, "stopped")))


def remembered(shelf: Shelf) -> list[str]:
    """Read all; the messages that are remembered, in the order in which they came."""
    for _ in shelf.read():
        pass
    return list(shelf.records)


def filled(size: int, *names: str, read: bool = False) -> Shelf:
    shelf = Shelf(size=size)
    for at, name in enumerate(names, start=1):
        arrive(shelf, float(at), name)
        if read:
            remembered(shelf)
    return shelf


def test_the_oldest_is_forgotten_first() -> None:
    assert remembered(filled(2, "a", "b", "c")) == ["b", "c"]


def test_what_was_read_is_forgotten_before_what_was_not() -> None:
    shelf = filled(3, "a", "b")
    remembered(shelf)
    arrive(shelf, 3.0, "c", "d")
    assert remembered(shelf) == ["b", "c", "d"]


def test_all_after_the_youngest_that_is_forgotten_is_remembered() -> None:
    assert filled(2, "a", "b", "c").since == 1.0
    assert filled(2, "a", "b", "c", read=True).since == 1.0


def test_what_had_trouble_outlives_what_had_none() -> None:
    for read in (False, True):
        shelf = filled(4, "bad", read=read)
        fail(shelf, "bad", 1.5)
        for number in range(100):
            arrive(shelf, 10.0 + number, f"fine {number}")
        assert remembered(shelf) == ["bad", "fine 97", "fine 98", "fine 99"]


def test_trouble_leaves_room_for_what_had_none() -> None:
    shelf = filled(4, "fine 1", "fine 2")
    for number in range(100):
        arrive(shelf, 10.0 + number, f"bad {number}")
        fail(shelf, f"bad {number}", 10.5 + number)
    arrive(shelf, 200.0, "fine 3", "fine 4")
    assert remembered(shelf) == ["bad 98", "bad 99", "fine 3", "fine 4"]


def test_where_all_have_trouble_they_have_all_the_room() -> None:
    shelf = Shelf(size=4)
    for number in range(100):
        arrive(shelf, 10.0 + number, f"bad {number}")
        fail(shelf, f"bad {number}", 10.5 + number)
    assert remembered(shelf) == ["bad 96", "bad 97", "bad 98", "bad 99"]


def test_a_message_in_trouble_keeps_all_its_events_in_order() -> None:
    shelf = filled(4, "bad")
    bad = [MessageId("bad")]
    fail(shelf, "bad", 1.5)
    arrive(shelf, 2.0, "bad", "good")
    shelf.notes.add((read_successes, bad, [3.0], [0.5]))
    shelf.notes.add((read_deletions, bad, 4.0))
    for number in range(100):
        arrive(shelf, 10.0 + number, f"fine {number}")

    remembered(shelf)

    assert [event[0] for event in shelf.records[bad[0]][3:]] == [
        Mark.RECEIVED, Mark.RELEASED, Mark.RECEIVED, Mark.SUCCEEDED, Mark.DELETED,
    ]  # fmt: skip
    assert not shelf.records.keys() & {"good"}


def test_what_is_forgotten_before_anybody_asks_is_never_read() -> None:
    shelf = Shelf(size=80)
    for number in range(1_000):
        arrive(shelf, float(number), f"m{number}")
    assert not shelf.records
    assert 80 <= len(shelf) <= 90


def test_a_large_shelf_forgets_many_at_once() -> None:
    shelf = filled(80, *(f"m{number}" for number in range(89)))
    assert len(shelf) == 89
    arrive(shelf, 90.0, "m89")
    assert remembered(shelf) == [f"m{number}" for number in range(10, 90)]


def test_a_shelf_for_one_message_holds_the_last() -> None:
    assert remembered(filled(1, "a", "b")) == ["b"]


def test_the_names_of_messages_in_trouble_are_forgotten_with_them() -> None:
    shelf = Shelf(size=8)
    for number in range(1_000):
        arrive(shelf, float(number), f"bad {number}")
        fail(shelf, f"bad {number}", number + 0.5)
    assert len(shelf.troubled) <= 9


def test_what_was_before_comes_before_what_came_meanwhile() -> None:
    shelf = Shelf(size=10)
    shelf.begin(5.0)
    arrive(shelf, 6.0, "new")
    remembered(shelf)

    shelf.restore({MessageId("old"): record(2.0), MessageId("bad"): record(3.0)}, [MessageId("bad")])

    assert remembered(shelf) == ["old", "bad", "new"]
    assert list(shelf.troubled) == ["bad"]
    assert shelf.since == 2.0
