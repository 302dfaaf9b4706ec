"""How the life of a message and the causes of failures look."""

from dataclasses import replace
from datetime import UTC, timedelta, timezone

import pytest
from rich.console import Console

from sqsd_adapters.cli.why.rows import rows
from sqsd_adapters.cli.why.shown import cause_table, life_lines, memory_lines, message_table
from sqsd_adapters.cli.words import span, zone_name
from sqsd_adapters.testing.fakes import EPOCH
from sqsd_core.message import MessageId
from sqsd_core.policy.history import Cause, Found
from sqsd_core.policy.life import Event, Kind, Life
from sqsd_core.utc import iso_utc_milliseconds

HERE, THERE = "host-7[21]", "host-3[9]"
CET = timezone(timedelta(hours=1), "CET")


def received(at: float, count: int, by: str = HERE) -> Event:
    return Event(kind=Kind.RECEIVED, at=EPOCH + at, receive_count=count, by=by)


def failed(at: float, *, again: float = 2.0, last: bool = False, answer: str = "") -> Event:
    return Event(
        kind=Kind.INVOKED,
        at=EPOCH + at,
        duration=0.812,
        outcome="Failed",
        reason="status 500",
        answer=answer,
        again=again,
        last=last,
    )


def life(*events: Event, dead_letter_queue: str = "orders-dlq", forgotten: int = 0) -> Life:
    return Life(
        message_id=MessageId("7c1e4a90"),
        queue="orders",
        dead_letter_queue=dead_letter_queue,
        sent_at=EPOCH,
        size=1_200,
        events=events,
        forgotten=forgotten,
    )


def text(shown: Life, *, now: float = 60.0) -> list[str]:
    return [line.plain.rstrip() for line in life_lines(shown, now=EPOCH + now, zone=CET)]


def printed(table: object, *, width: int = 120) -> str:
    console = Console(width=width, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_a_life_is_a_head_and_a_line_per_event_with_the_zone_named_once() -> None:
    events = (
        received(0.3, 1),
        failed(0.304, answer="SQLSTATE"),
        received(3.5, 2),
        Event(kind=Kind.INVOKED, at=EPOCH + 3.502, duration=0.1, outcome="Succeeded"),
        Event(kind=Kind.DELETED, at=EPOCH + 3.61),
    )
    assert text(life(*events)) == [
        "message 7c1e4a90   queue orders   sent 2026-01-01 01:00:00.000   body 1,200 characters",
        " 2026-01-01, times in CET (UTC+01:00)",
        " 01:00:00.300   received (1)       waited 300 ms",
        ' 01:00:00.304   invoked            status 500 after 812 ms   "SQLSTATE"',
        " 01:00:01.116   next try in 2 s",
        " 01:00:03.500   received (2)",
        " 01:00:03.502   invoked            succeeded after 100 ms",
        " 01:00:03.610   deleted",
        " now: done",
    ]


def test_after_the_last_try_the_next_command_is_there_to_copy() -> None:
    last = text(life(received(0.3, 3), failed(0.4, last=True)))
    assert last[-2].endswith("SQS moves it to orders-dlq   → sqsd dlq peek orders-dlq --id 7c1e4a90")
    assert last[-1] == " now: dead letter"


def test_a_dead_letter_queue_that_is_not_known_is_left_out_of_the_command() -> None:
    (_, _, last) = rows(life(received(0.3, 3), failed(0.4, last=True), dead_letter_queue=""), now=EPOCH)
    assert last.details == "SQS moves it to the dead-letter queue   → sqsd dlq peek --id 7c1e4a90"


def test_who_received_is_said_where_there_are_several() -> None:
    shown = text(life(received(0.3, 1), failed(0.4), received(3.5, 2, THERE)))
    assert shown[2].endswith(f"by {HERE}; waited 300 ms")
    assert shown[5].endswith(f"by {THERE}")


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (Event(kind=Kind.STARTED, at=EPOCH), "runs for 1 min"),
        (Event(kind=Kind.DUPLICATE, at=EPOCH, receive_count=2), "not run: it is done, or runs here already"),
        (Event(kind=Kind.HELD_ELSEWHERE, at=EPOCH, receive_count=2), "not run: it runs in another daemon"),
        (Event(kind=Kind.RELEASED, at=EPOCH, reason="the daemon drains"), "not run: the daemon drains"),
        (Event(kind=Kind.UNDELETED, at=EPOCH), "SQS delivers it again"),
    ],
)
def test_each_kind_of_event_says_what_it_means(event: Event, said: str) -> None:
    (row,) = rows(life(event), now=EPOCH + 60.0)
    assert row.details == said


def test_a_message_that_comes_back_says_when() -> None:
    shown = life(received(0.3, 1), failed(0.5, again=30.0))
    assert text(shown, now=11.312)[-1] == " now: waits for its next try, in 20 s"
    assert text(shown, now=60.0)[-1] == " now: waits for its next try, which is due"


def test_events_that_are_forgotten_are_counted() -> None:
    assert text(life(received(0.3, 9), forgotten=8))[1] == " 8 earlier events are forgotten"


def test_another_day_gets_a_line() -> None:
    shown = text(life(received(0.0, 1), received(86_400.0, 2)))
    assert [line for line in shown if "times in" in line] == [
        " 2026-01-01, times in CET (UTC+01:00)",
        " 2026-01-02, times in CET (UTC+01:00)",
    ]


def test_what_a_worker_or_a_sender_wrote_moves_no_cursor() -> None:
    evil = Life(
        message_id=MessageId("\x1b[2J"), queue="q\n", group_id="\x1b]0;", events=[failed(0.0, answer="\x1b[1m")]
    )
    assert not any("\x1b" in line or "\n" in line for line in text(evil))


def test_causes_say_how_many_and_what_became_of_them() -> None:
    cause = Cause(reason="status 500", messages=31, dead=17, recovered=2, latest=EPOCH, samples=[MessageId("7c1e")])
    shown = printed(cause_table([cause], zone=CET))
    assert "31" in shown
    assert "17 dead, 12 come back, 2 done" in shown
    assert "2026-01-01 01:00:00" in shown
    assert "7c1e" in shown


def test_ids_and_times_stay_on_one_line_in_a_narrow_terminal() -> None:
    full = "7c1e4a90-e29b-41d4-a716-446655440000"
    dead = replace(life(received(0.3, 1), failed(0.4)), message_id=MessageId(full), queue="orders")
    cause = Cause(reason="status 500", messages=31, dead=17, recovered=2, latest=EPOCH, samples=[dead.message_id])
    rows = [
        *printed(cause_table([cause], zone=CET), width=80).splitlines(),
        *printed(message_table([dead], causes=False, zone=CET), width=80).splitlines(),
    ]
    assert [row for row in rows if "2026-01-01 01:00:00  7c1e4a90" in row]
    assert [row for row in rows if f"{full}  orders  2026-01-01 01:00:00" in row]


def test_messages_are_listed_with_their_cause() -> None:
    shown = printed(message_table([life(received(0.3, 1), failed(0.4))], zone=CET))
    assert "7c1e4a90" in shown
    assert "status 500" in shown


def test_each_daemon_that_was_asked_says_since_when_it_remembers() -> None:
    found = {
        "127.0.0.1:6969": Found(instance=HERE, since=EPOCH, remembered=812, size=10_000),
        "127.0.0.1:6970": Found(),
    }
    assert list(memory_lines(found, zone=UTC)) == [
        f"127.0.0.1:6969 ({HERE}) remembers 812 messages, all since 2026-01-01 00:00:00 UTC",
        "127.0.0.1:6970 keeps no history (HISTORY_SIZE=0)",
    ]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1.0, "0 ms"),
        (0.0124, "12 ms"),
        (1.5, "1.5 s"),
        (60.0, "1 min"),
        (125.0, "2 min 5 s"),
        (11_520.0, "3 h 12 min"),
        (90_061.0, "1 d 1 h"),
    ],
)
def test_durations_have_units(seconds: float, said: str) -> None:
    assert span(seconds) == said


def test_times_for_programs_are_in_utc() -> None:
    assert iso_utc_milliseconds(EPOCH + 0.5) == "2026-01-01T00:00:00.500Z"
    assert zone_name(EPOCH, UTC) == "UTC"
