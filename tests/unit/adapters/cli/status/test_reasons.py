"""Whether a daemon receives, in words."""

import pytest

from sqsd_adapters.cli.status.reasons import Level, sentences, standing
from sqsd_adapters.monitor._pb import sqsd_pb2
from tests.support.screens import at, queue, reason, status

BREAKER = reason("breaker_open", "web: the worker is unavailable", where="web", why="connection refused", until=at(-12))
PAUSED = reason("paused", "orders: paused", where="orders", healthy=True, why="until 12:03")
BUSY = reason("slots_busy", "web: every slot is busy", where="web", healthy=True)


def test_a_reason_says_what_since_when_what_follows_and_what_to_know() -> None:
    told = "web: the worker is unavailable for 2 min: connection refused"
    follows = "Next probe in 12 s. Messages are safe in the queue."
    assert sentences(status(reasons=[BREAKER])) == [(Level.STOPS, f"{told}. {follows}")]


def test_a_pause_says_how_it_ends() -> None:
    assert sentences(status(reasons=[PAUSED])) == [(Level.WARNS, "orders: paused for 2 min  → sqsd resume")]


def test_busy_slots_are_no_reason_to_worry() -> None:
    calm = status(reasons=[BUSY])
    assert (sentences(calm), standing(calm)) == ([], (Level.WELL, "receiving"))


def limited(*, left: float) -> sqsd_pb2.Reason:
    text = "web: the rate limit is reached"
    return reason("rate_limited", text, where="web", healthy=True, why="1/m", until=at(-left))


def test_a_rate_limit_says_when_something_starts_again_while_the_queue_is_well() -> None:
    waiting = status(reasons=[limited(left=12.0)])
    told = "web: the rate limit is reached for 2 min: 1/m. Next start in 12 s."
    assert (sentences(waiting), standing(waiting)) == ([(Level.WARNS, told)], (Level.WELL, "receiving"))


def test_a_rate_that_lets_something_start_at_once_is_no_reason_to_worry() -> None:
    assert sentences(status(reasons=[limited(left=0.0)])) == []


def test_every_reason_is_told() -> None:
    assert len(sentences(status(reasons=[BREAKER, PAUSED]))) == 2


@pytest.mark.parametrize("why", ["\x1b[2Jgone", "a\nb", "\u202egnp"])
def test_what_a_peer_said_moves_no_cursor(why: str) -> None:
    ((_, text),) = sentences(status(reasons=[reason("queue_unavailable", "the queue does not answer", why=why)]))
    assert text.isprintable()


def test_a_reason_that_no_version_of_ours_knows_is_told_as_it_is() -> None:
    ((_, text),) = sentences(status(reasons=[reason("new", "something else")]))
    assert text == "something else for 2 min."


def test_a_pause_of_one_queue_leaves_the_other_receiving() -> None:
    two = status(queues=[queue("orders"), queue("mails")], reasons=[PAUSED])
    assert standing(two) == (Level.WARNS, "receiving from 1 of 2 queues")


def test_a_pause_of_every_queue_is_a_pause() -> None:
    assert standing(status(reasons=[PAUSED])) == (Level.WARNS, "paused")


def test_a_worker_that_is_unavailable_stops_its_queues() -> None:
    assert standing(status(reasons=[BREAKER], ready=False)) == (Level.STOPS, "not receiving")


def test_a_daemon_that_was_asked_to_stop_drains() -> None:
    assert standing(status(draining=True)) == (Level.WARNS, "draining")
