"""FIFO: which lost receive is asked again, and for how long."""

from sqsd_adapters.queue.sqs.attempts import REPEATABLE, Attempt, LostReceives


def attempt(name: str = "a", *, max_messages: int = 10, since: float = 0.0) -> Attempt:
    return Attempt(id=name, max_messages=max_messages, visibility=60.0, since=since)


def lost(*attempts: Attempt) -> LostReceives:
    receives = LostReceives()
    for each in attempts:
        receives.lose(each)
    return receives


def test_nothing_is_repeated_before_something_is_lost() -> None:
    assert lost().take(max_messages=10, now=0.0) is None


def test_a_lost_receive_is_repeated_as_it_was_asked() -> None:
    assert lost(attempt()).take(max_messages=10, now=20.0) == attempt()


def test_a_lost_receive_is_repeated_once() -> None:
    receives = lost(attempt())
    receives.take(max_messages=10, now=20.0)
    assert receives.take(max_messages=10, now=20.0) is None


def test_a_receive_that_has_room_for_fewer_messages_leaves_it_for_a_later_one() -> None:
    receives = lost(attempt(max_messages=10))
    assert receives.take(max_messages=9, now=1.0) is None
    assert receives.take(max_messages=10, now=2.0) is not None


def test_the_first_that_fits_is_taken() -> None:
    receives = lost(attempt("large", max_messages=10), attempt("small", max_messages=3))
    taken = receives.take(max_messages=5, now=1.0)
    assert taken is not None
    assert taken.id == "small"


def test_after_five_minutes_sqs_no_longer_knows_it() -> None:
    receives = lost(attempt("old", since=0.0), attempt("young", since=1.0))
    taken = receives.take(max_messages=10, now=REPEATABLE)
    assert taken is not None
    assert taken.id == "young"
    assert receives.take(max_messages=10, now=REPEATABLE) is None
