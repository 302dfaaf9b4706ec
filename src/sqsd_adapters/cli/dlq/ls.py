"""``sqsd dlq ls``: which dead-letter queues there are, and how much is in them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial

import typer
from rich.console import Console
from rich.text import Text

from sqsd_adapters.cli.dlq.causes import causes_of
from sqsd_adapters.cli.dlq.letter import DeadLetter
from sqsd_adapters.cli.dlq.reader import COUNTS
from sqsd_adapters.cli.dlq.shown import age, count, table
from sqsd_adapters.cli.monitors.monitors import Monitors
from sqsd_adapters.cli.queues.on_queues import Where, on_queues
from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.printable import printable
from sqsd_adapters.queue.sqs.queues import Queues, name_of

SAMPLE_HIDDEN = 30.0  # seconds, where we end without putting the sample back
UNKNOWN = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterQueue:
    """One dead-letter queue."""

    name: str
    url: str
    #: those that can be received, and those that are hidden at this moment
    messages: int
    hidden: int
    #: seconds after which SQS deletes a message, counted on a standard queue from when it was sent first
    retention: int
    #: names of the queues that it serves
    sources: tuple[str, ...]
    #: Unix time of the oldest message of a sample; None where none was taken, or the queue is empty
    oldest_sent_at: float | None = None
    #: messages by why they failed, as far as a history knows it; empty where no message is left
    causes: Mapping[str, int] = field(default_factory=dict)


def print_queues(
    *, places: Sequence[Where], everything: bool, sample: bool, as_json: bool, monitors: Monitors, monitors_named: bool
) -> None:
    """Print the dead-letter queues of these queues, or all of the account."""
    if sample:
        complain(f"{COUNTS}; up to ten messages per queue are looked at")
    found = [
        # a history also remembers what is no dead letter any more
        replace(each, causes=causes_of(each.sources, monitors=monitors, required=monitors_named))
        if each.messages or each.hidden
        else each
        for each in _found(places, everything=everything, sample=sample)
    ]
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in found]))
    else:
        _print(found, now=SystemClock().now())


def _found(places: Sequence[Where], *, everything: bool, sample: bool) -> list[DeadLetterQueue]:
    if everything:
        return on_queues(places[0], partial(_every, sample=sample))
    known: dict[str, DeadLetterQueue] = {}
    for where in places:
        try:
            found = on_queues(where, partial(_own, where=where, sample=sample))
        except ConfigurationError as error:
            if len(places) == 1:
                raise
            complain(error)  # the other queues may have one
        else:
            known.setdefault(found.url, found)
    return list(known.values())


async def _every(queues: Queues, *, sample: bool) -> list[DeadLetterQueue]:
    return [await _described(queues, url, sample=sample) for url in await _all(queues)]


async def _own(queues: Queues, *, where: Where, sample: bool) -> DeadLetterQueue:
    url = await queues.dead_letters_of(await queues.url_of(where.given))
    return await _described(queues, url, sample=sample)


async def _all(queues: Queues) -> list[str]:
    return [url for url in await queues.all() if await queues.sources_of(url)]


async def _described(queues: Queues, url: str, *, sample: bool) -> DeadLetterQueue:
    attributes = await queues.attributes(url)
    return DeadLetterQueue(
        name=name_of(url),
        url=url,
        messages=int(attributes.get("ApproximateNumberOfMessages", 0)),
        hidden=int(attributes.get("ApproximateNumberOfMessagesNotVisible", 0)),
        retention=int(attributes.get("MessageRetentionPeriod", 0)),
        sources=tuple(map(name_of, await queues.sources_of(url))),
        oldest_sent_at=await _oldest(queues, url) if sample else None,
    )


async def _oldest(queues: Queues, url: str) -> float | None:
    letters = [DeadLetter.parse(each) for each in await queues.receive(url, visibility=SAMPLE_HIDDEN)]
    await queues.put_back(url, [letter.receipt for letter in letters])
    return min((letter.sent_at for letter in letters), default=None)


def _print(found: list[DeadLetterQueue], *, now: float) -> None:
    shown = table("QUEUE", "MESSAGES", "HIDDEN", "KEPT FOR", "OLDEST", "DEAD LETTERS OF")
    for each in found:
        oldest = UNKNOWN if each.oldest_sent_at is None else age(now - each.oldest_sent_at)
        figures = (f"{each.messages:,}", f"{each.hidden:,}", age(each.retention), oldest, ", ".join(each.sources))
        shown.add_row(Text(each.name), *map(Text, figures))
    console = Console()
    console.print(shown)
    for each in found:
        for cause, number in each.causes.items():
            console.print(Text(f"  {each.name}: {printable(cause)} ×{number:,}"))
    if not found:
        typer.echo(count(0, "dead-letter queue"))
