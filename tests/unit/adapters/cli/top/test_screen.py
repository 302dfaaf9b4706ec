"""What ``sqsd top`` draws."""

import pytest

from sqsd_core.message import MessageId
from sqsd_core.policy.life import Event, Kind, Life
from tests.support.screens import ADDRESS, MESSAGE, NOW, queue, reason, task
from tests.unit.adapters.cli.top.conftest import OTHER, Screen

FAILED = Event(kind=Kind.INVOKED, at=NOW - 50.0, outcome="Failed", reason="status 500", duration=1.0, again=5.0)
LIFE = Life(
    message_id=MessageId(MESSAGE),
    queue="orders",
    events=[Event(kind=Kind.RECEIVED, at=NOW - 60.0, receive_count=1, by="host-7"), FAILED],
)
PAGES = [[], ["?"], ["/", "x"], ["p"], ["enter"]]


@pytest.mark.parametrize("keys", PAGES)
@pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 50), (40, 8), (20, 3)])
def test_a_frame_fills_the_terminal_and_no_more(screen: Screen, keys: list[str], width: int, height: int) -> None:
    screen.press(*keys)
    lines = screen.shown(width=width, height=height).split("\n")
    assert len(lines) == height
    assert {len(line) for line in lines[:-1]} == {width}
    assert len(lines[-1]) <= width


def test_the_overview_shows_all_there_is(screen: Screen) -> None:
    text = screen.shown(height=40)
    for part in ("● receiving", "31 of 64", "orders", "mails", "status 500", "refused", MESSAGE, "4 of 5", "q quit"):
        assert part in text


def test_a_list_that_is_too_long_shows_the_row_of_the_cursor(screen: Screen) -> None:
    screen.told(tasks=[task(f"task-{number}", age=1_000 - number) for number in range(100)])
    assert "task-99" not in screen.shown()
    screen.press("end")
    assert "task-99" in screen.shown()
    assert "task-0 " not in screen.shown()


def test_the_cursor_is_seen_without_colours(screen: Screen) -> None:
    assert "\x1b[1;7morders" in screen.shown(colour=True)


def test_a_daemon_that_is_away_leaves_its_last_picture_and_the_reason(screen: Screen) -> None:
    screen.told(silent="no daemon listens", silent_for=12.0)
    text = screen.shown()
    for part in ("✖ no answer", "no answer for 12 s: no daemon listens", "orders"):
        assert part in text
    screen.told()
    assert "● receiving" in screen.shown()


def test_before_the_first_answer_it_says_that_it_connects() -> None:
    text = Screen(ADDRESS, OTHER).shown()
    assert "1 ▲ connecting" in text
    assert OTHER in text


def test_why_nothing_is_received_stands_before_anything_else(screen: Screen) -> None:
    screen.told(reasons=[reason("queue_unavailable", "the queue does not answer", why="no route")], ready=False)
    assert "✖ not receiving" in screen.lines[0]
    assert "the queue does not answer for 2 min: no route" in screen.lines[1]


def test_a_question_stands_in_the_last_line(screen: Screen) -> None:
    screen.press("p")
    assert screen.lines[-1].startswith("Pause orders?   y until resumed")


def test_a_filter_stands_in_the_last_line(screen: Screen) -> None:
    screen.press("/", "m")
    assert screen.lines[-1].startswith("/m")
    screen.press("enter")
    assert screen.lines[-1].startswith("filter: m")


def test_the_messages_of_a_cause_are_listed_with_how_they_stand(screen: Screen) -> None:
    screen.press("down", "down", "enter")
    assert "asking the daemons" in screen.shown()
    screen.found(LIFE)
    text = screen.shown()
    assert screen.lines[0].startswith("status 500")
    for part in (MESSAGE, "1 min ago", LIFE.standing.value):
        assert part in text


def test_the_life_of_a_message_is_shown_and_scrolled(screen: Screen) -> None:
    screen.press("down", "down", "enter")
    screen.found(LIFE)
    screen.press("enter")
    assert "status 500 after 1 s" in screen.shown()
    assert screen.lines[0].startswith(f"message {MESSAGE}")
    screen.press("down")
    assert not screen.lines[0].startswith("message")
    screen.press("end")
    assert screen.lines[0].startswith(" now:")


def test_messages_that_nobody_remembers_are_said_to_be_so(screen: Screen) -> None:
    screen.press("enter")
    screen.found()
    assert "No daemon remembers such a message" in screen.shown()


@pytest.mark.parametrize("name", ["[/red]", "\x1b[2J", "a\nb", "\u202egnp"])
def test_what_a_stranger_says_moves_no_cursor(screen: Screen, name: str) -> None:
    screen.told(queues=[queue(name)], tasks=[task(name)])
    screen.press("enter")
    screen.found(Life(message_id=MessageId(name), queue=name, events=[FAILED]))
    for keys in ([], ["enter"], ["escape", "escape"], ["p"]):
        screen.press(*keys)
        assert all(line.isprintable() for line in screen.lines)


def test_the_foot_says_that_a_daemon_is_asked_because_it_serves_no_more_streams(screen: Screen) -> None:
    screen.told(polled="8 clients watch already")
    assert screen.shown(width=120).rstrip().endswith("q quit   ▲ every 2 s: 8 clients watch already")
    assert screen.shown(width=80).rstrip().endswith("q quit   ▲ every 2 s:…")
