"""The life of a message as rows of text: when, what, and the details; pure."""

from collections.abc import Iterator
from typing import NamedTuple, assert_never

from sqsd_adapters.cli.words import span
from sqsd_adapters.printable import printable
from sqsd_core.policy.life import Event, Kind, Life

ANSWER = 2_000  # characters of an answer that are shown
NAME = 128  # characters: the longest id, group and queue of SQS


class Row(NamedTuple):
    """One line."""

    #: Unix time, seconds
    at: float
    what: str
    details: str = ""


def rows(life: Life, *, now: float) -> Iterator[Row]:
    """What happened, in the order of the times; the texts are safe to print."""
    several = len({event.by for event in life.events if event.by}) > 1
    for number, event in enumerate(life.events):
        match event.kind:
            case Kind.RECEIVED:
                waited = None if number or life.forgotten or life.sent_at is None else event.at - life.sent_at
                yield _received(event, _waited(waited), several=several)
            case Kind.DUPLICATE:
                yield _received(event, "not run: it is done, or runs here already", several=several)
            case Kind.HELD_ELSEWHERE:
                yield _received(event, "not run: it runs in another daemon", several=several)
            case Kind.STARTED:
                yield Row(event.at, "invoked", f"runs for {span(now - event.at)}")
            case Kind.INVOKED:
                yield from _invoked(life, event)
            case Kind.RELEASED:
                yield Row(event.at, "given back", f"not run: {printable(event.reason)}")
            case Kind.DELETED:
                yield Row(event.at, "deleted")
            case Kind.UNDELETED:
                yield Row(event.at, "deletion given up", "SQS delivers it again")
            case _:
                assert_never(event.kind)


def _received(event: Event, details: str, *, several: bool) -> Row:
    by = f"by {printable(event.by, NAME)}" if several else ""
    return Row(event.at, f"received ({event.receive_count})", "; ".join(filter(None, (by, details))))


def _waited(seconds: float | None) -> str:
    return "" if seconds is None else f"waited {span(seconds)}"


def _invoked(life: Life, event: Event) -> Iterator[Row]:
    said = printable(event.reason) or event.outcome.lower() or "ended"
    answer = f'   "{printable(event.answer, ANSWER)}"' if event.answer else ""
    yield Row(event.at, "invoked", f"{said} after {span(event.duration)}{answer}")
    ended = event.at + event.duration
    if event.last:
        yield Row(ended, "last try", _to_the_dead_letters(life))
    elif event.again is not None:
        yield Row(ended, f"next try in {span(event.again)}")


def _to_the_dead_letters(life: Life) -> str:
    name = printable(life.dead_letter_queue, NAME)
    hint = " ".join(filter(None, ("sqsd dlq peek", name, "--id", printable(life.message_id, NAME))))
    return f"SQS moves it to {name or 'the dead-letter queue'}   → {hint}"
