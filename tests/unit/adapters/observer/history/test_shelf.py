"""Which messages are forgotten first."""

from sqsd_adapters.observer.history.record import Mark, Record
from sqsd_adapters.observer.history.shelf import Shelf
from sqsd_core.message import MessageId


def record(at: float) -> Record:
    return ["", 1, ("m", 1, None, None), (Mark.RECEIVED, at, 1, "here")]


def put(shelf: Shelf, name: str, at: float) -> None:
    shelf.records[MessageId(name)] = record(at)
    if len(shelf.records) > shelf.most:
        shelf.trim()


def filled(size: int, *names: str) -> Shelf:
    shelf = Shelf(size=size)
    for at, name in enumerate(names, start=1):
        put(shelf, name, float(at))
    return shelf


def test_the_oldest_is_forgotten_first() -> None:
    shelf = filled(2, "a", "b", "c")
    assert list(shelf.records) == ["b", "c"]


def test_all_after_the_youngest_that_is_forgotten_is_remembered() -> None:
    assert filled(2, "a", "b", "c").since == 1.0


def test_what_had_trouble_outlives_what_had_none() -> None:
    shelf = filled(4, "bad")
    shelf.mark(MessageId("bad"))
    for number in range(100):
        put(shelf, f"fine {number}", 10.0 + number)
    assert list(shelf.records) == ["bad", "fine 97", "fine 98", "fine 99"]


def test_trouble_leaves_room_for_what_had_none() -> None:
    shelf = filled(4, "fine 1", "fine 2")
    for number in range(100):
        name = MessageId(f"bad {number}")
        put(shelf, name, 10.0 + number)
        shelf.mark(name)
    # the newest was not yet known to be in trouble when it came
    assert list(shelf.records) == ["fine 2", "bad 97", "bad 98", "bad 99"]


def test_a_large_shelf_forgets_many_at_once() -> None:
    shelf = filled(80, *(f"m{number}" for number in range(90)))
    assert len(shelf.records) == 90
    put(shelf, "m90", 91.0)
    assert list(shelf.records) == [f"m{number}" for number in range(11, 91)]


def test_a_shelf_for_one_message_holds_the_last() -> None:
    assert list(filled(1, "a", "b").records) == ["b"]


def test_what_was_before_comes_before_what_came_meanwhile() -> None:
    shelf = Shelf(size=10)
    shelf.begin(5.0)
    put(shelf, "new", 6.0)

    shelf.restore({MessageId("old"): record(2.0), MessageId("bad"): record(3.0)}, [MessageId("bad")])

    assert list(shelf.records) == ["old", "bad", "new"]
    assert list(shelf.troubled) == ["bad"]
    assert shelf.since == 2.0
