"""What the keys of ``sqsd top`` do."""

import pytest

from sqsd_adapters.cli.top.state import Target
from sqsd_adapters.cli.top.steering import Find, Pause, Quit, Resume
from sqsd_core.message import MessageId
from sqsd_core.policy.history import Query
from sqsd_core.policy.life import Event, Kind, Life
from tests.support.screens import ADDRESS, MESSAGE, queue, reason
from tests.unit.adapters.cli.top.conftest import OTHER, Screen

ORDERS = Target(queue="orders", addresses=[ADDRESS])


def life(message_id: str = MESSAGE) -> Life:
    return Life(message_id=MessageId(message_id), queue="orders", events=[Event(kind=Kind.RECEIVED, at=1.0)])


def test_q_quits(screen: Screen) -> None:
    assert screen.press("q") == Quit()


def test_the_cursor_moves_over_queues_causes_and_tasks_and_stops_at_the_ends(screen: Screen) -> None:
    places = [screen.state.row]
    for _ in range(7):
        screen.press("down")
        places.append(screen.state.row)
    assert [place.key[0] for place in places if place] == ["queue"] * 2 + ["cause"] * 2 + ["task"] * 4
    screen.press("home", "up")
    assert screen.state.row == places[0]


def test_the_cursor_stays_on_its_row_when_others_come(screen: Screen) -> None:
    screen.press("down")
    screen.told(queues=[queue("first"), queue("orders"), queue("mails")])
    assert screen.state.row is not None
    assert screen.state.row.key[2] == "mails"


def test_a_pause_is_asked_about(screen: Screen) -> None:
    assert screen.press("p") is None
    assert screen.press("y") == Pause(target=ORDERS)


def test_a_pause_may_end_by_itself(screen: Screen) -> None:
    assert screen.press("p", "t") == Pause(target=ORDERS, seconds=600.0)


@pytest.mark.parametrize("key", ["q", "escape", "n", "p"])
def test_any_other_key_is_no_pause(screen: Screen, key: str) -> None:
    assert screen.press("p", key) is None
    assert screen.state.asking is None


def test_what_is_paused_is_resumed_at_once(screen: Screen) -> None:
    screen.told(reasons=[reason("paused", "orders: paused", where="orders", healthy=True)])
    assert screen.press("p") == Resume(target=ORDERS)


def test_the_pause_of_one_queue_is_none_of_another(screen: Screen) -> None:
    paused = reason("paused", "mails: paused", where="mails", healthy=True)
    screen.told(queues=[queue("orders"), queue("mails")], reasons=[paused])
    assert screen.press("p", "y") == Pause(target=ORDERS)


def test_a_cursor_on_a_task_pauses_its_queue(screen: Screen) -> None:
    assert screen.press("end", "up", "p", "y") == Pause(target=Target(queue="mails", addresses=[ADDRESS]))


def test_a_large_p_pauses_all_queues_of_all_daemons() -> None:
    screen = Screen(ADDRESS, OTHER)
    assert screen.press("P", "y") == Pause(target=Target(addresses=[ADDRESS, OTHER]))


def test_a_filter_shows_what_contains_it(screen: Screen) -> None:
    screen.press("/", *"MAIL", "enter")
    assert [row.key[:3] for row in screen.state.rows] == [("queue", ADDRESS, "mails"), ("task", ADDRESS, "b")]


def test_a_filter_is_corrected_and_cleared(screen: Screen) -> None:
    screen.press("/", "q", "backspace", "x")
    assert (screen.state.wanted, screen.state.typing) == ("x", True)
    screen.press("escape")
    assert (screen.state.wanted, screen.state.typing) == ("", False)


def test_tasks_are_sorted_by_age_queue_or_receive_count(screen: Screen) -> None:
    orders = []
    for _ in range(3):
        orders.append([row.task.id for row in screen.state.tasks])
        screen.press("s")
    assert orders == [[MESSAGE, "b", "c"], ["b", MESSAGE, "c"], ["b", MESSAGE, "c"]]


def test_a_queue_opens_its_failures(screen: Screen) -> None:
    assert screen.press("enter") == Find(query=Query(failed=True, queue="orders"))


def test_a_cause_opens_its_messages_and_a_message_its_life(screen: Screen) -> None:
    assert screen.press("down", "down", "enter") == Find(query=Query(cause="status 500", queue="orders"))
    screen.found(life(), life("other"))
    assert screen.press("down", "enter") == Find(query=Query(message_id="other"))
    opened = screen.state.opened
    assert opened is not None
    assert (opened.life, opened.chosen) == (True, life("other"))


def test_escape_goes_back_step_by_step(screen: Screen) -> None:
    screen.press("down", "down", "enter")
    screen.found(life())
    screen.press("enter", "escape")
    assert screen.state.opened is not None
    screen.press("escape")
    assert screen.state.opened is None


def test_a_task_opens_the_life_of_its_message(screen: Screen) -> None:
    assert screen.press("end", "home", *["down"] * 4, "enter") == Find(query=Query(message_id=MESSAGE))
    screen.found(life())
    screen.press("escape")
    assert screen.state.opened is None


def test_messages_are_asked_for_again(screen: Screen) -> None:
    assert screen.press("enter", "r") == Find(query=Query(failed=True, queue="orders"))


def test_any_key_leaves_the_help(screen: Screen) -> None:
    screen.press("?")
    assert screen.state.helping
    screen.press("x")
    assert not screen.state.helping


def test_keys_do_nothing_before_a_daemon_has_answered() -> None:
    screen = Screen()
    assert screen.press("down", "p", "enter", "s", "x") is None
