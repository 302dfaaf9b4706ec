"""``sqsd dlq redrive``: dead letters go back to their queue, by SQS's own move task or one by one."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import typer

from sqsd_adapters.cli.dlq.canary import Canary
from sqsd_adapters.cli.dlq.choice import Choice
from sqsd_adapters.cli.dlq.copying import Copying, Tally
from sqsd_adapters.cli.dlq.moving import Moving
from sqsd_adapters.cli.dlq.peek import FIFO
from sqsd_adapters.cli.dlq.places import Targets, dead_letter_queue, sources_of
from sqsd_adapters.cli.dlq.reader import COUNTS, Reader
from sqsd_adapters.cli.dlq.shown import age, count
from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.queues.on_queues import Where, checked, on_queues
from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.printable import printable
from sqsd_adapters.queue.sqs.queues import Queues, name_of

CLOCK = SystemClock()
DUPLICATES = (
    "each message is sent first and deleted after: a kill or an outage in between can leave up to ten in both queues"
)
SHOWN = 20  # messages that a dry run lists


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the command line asks for."""

    #: the dead-letter queue; None for that of QUEUE_URL
    given: str | None
    #: the queue to send to; None for the one in which each message failed
    to: str | None
    choice: Choice
    #: messages per second
    rate: int | None
    most: int | None
    #: messages that must succeed before the rest is sent; 0 for none
    canary: int
    canary_wait: float
    copy: bool
    dry_run: bool
    cancel: bool
    wait: bool
    as_json: bool

    def __post_init__(self) -> None:
        if self.cancel and self.dry_run:
            raise ConfigurationError("--cancel and --dry-run: pass one of them; a dry run cancels nothing")

    @property
    def is_one_by_one(self) -> bool:
        """Whether SQS's move task cannot do it: it takes all messages, and unchanged."""
        return self.copy or self.canary > 0 or self.most is not None or not self.choice.is_everything


def redrive(*, where: Where, order: Order) -> None:
    """Do what ``order`` says; exits with 1 where messages stay that should have gone."""

    async def work(queues: Queues) -> int:
        url = await dead_letter_queue(queues, where, order.given)
        if order.cancel:
            return await Moving(queues=queues, url=url).cancel()
        job = _Redrive(queues=queues, url=url, order=order, sources=await sources_of(queues, url))
        return await (job.one_by_one() if order.is_one_by_one else job.at_once())

    code = on_queues(where, work)
    if code:
        raise typer.Exit(code)


class _Redrive:
    """One redrive of one dead-letter queue."""

    def __init__(self, *, queues: Queues, url: str, order: Order, sources: list[str]) -> None:
        self._queues = queues
        self._url = url
        self._order = order
        self._sources = sources
        self._name = name_of(url)

    async def at_once(self) -> int:
        """By SQS's move task."""
        to = await self._to()
        if self._order.dry_run:
            messages = int((await self._queues.attributes(self._url)).get("ApproximateNumberOfMessages", 0))
            names = ", ".join(map(name_of, [to] if to else self._sources))
            typer.echo(f"a move task would move {count(messages)} of {self._name} to {names}; nothing was moved")
            return Exit.DONE
        moving = Moving(queues=self._queues, url=self._url)
        return await moving.run(to=to, rate=self._order.rate, wait=self._order.wait, as_json=self._order.as_json)

    async def one_by_one(self) -> int:
        """Receive, send and delete."""
        if self._name.endswith(".fifo") and not self._order.choice.is_everything:
            complain(FIFO)
        if self._order.dry_run:
            return await self._list()
        complain(DUPLICATES)
        total = Tally()
        try:
            return await self._send(total)
        finally:
            self._report(total)

    async def _send(self, total: Tally) -> int:
        most = self._order.most
        if self._order.canary:
            if not await self._canary_succeeds(total):
                return Exit.CRASH
            most = None if most is None else most - total.tried
        if most != 0:
            await self._copy(total, most)
        return Exit.DONE if total.is_complete else Exit.CRASH

    async def _canary_succeeds(self, total: Tally) -> bool:
        order, url = self._order, await self._dead_letters_of_target()
        canary = Canary(queues=self._queues, url=url, clock=CLOCK, patience=order.canary_wait)
        await canary.begin()
        await self._copy(total, order.canary if order.most is None else min(order.canary, order.most))
        taken = total.moved if url == self._url else 0
        return total.moved > 0 and await canary.succeeds(total.sent, taken=taken)

    async def _dead_letters_of_target(self) -> str | None:
        """Where messages are that fail again; None where the queue has no dead-letter queue."""
        to = await self._to()
        try:
            return self._url if to is None else await self._queues.dead_letters_of(to)
        except ConfigurationError:
            return None

    async def _copy(self, total: Tally, most: int | None) -> None:
        targets = Targets(queues=self._queues, to=await self._to(), sources=self._sources)
        async with Reader(queues=self._queues, url=self._url) as reader:
            await Copying(
                queues=self._queues,
                clock=CLOCK,
                reader=reader,
                choice=self._order.choice,
                target=targets.of,
                rate=self._order.rate,
                most=most,
                tally=total,
                on_progress=_every(1.0, lambda tally: complain(f"{count(tally.moved)} moved")),
            ).run()

    async def _list(self) -> int:
        """What would be sent."""
        found = 0
        async with Reader(queues=self._queues, url=self._url) as reader:
            async for batch in reader.batches():
                for letter in batch:
                    if found != self._order.most and self._order.choice.takes(letter, now=CLOCK.now()):
                        found += 1
                        if found <= SHOWN:
                            sent = age(CLOCK.now() - letter.sent_at)
                            typer.echo(f"{printable(letter.message_id)}  sent {sent} ago  {printable(letter.body, 80)}")
        complain(f"{count(found)} would be sent; nothing was moved; {COUNTS}")
        return Exit.DONE

    async def _to(self) -> str | None:
        if self._order.to is None:
            return None
        to = await self._queues.url_of(checked(self._order.to))
        if to == self._url:
            raise ConfigurationError(f"--to {self._name}: the messages are in this queue already")
        return to

    def _report(self, total: Tally) -> None:
        if self._order.as_json:
            typer.echo(json.dumps(_fields(total)))
            return
        complain(f"{count(total.moved)} moved from {self._name}")
        for reason, number in total.refused.items():
            complain(f"{count(number)} not sent, still in {self._name}: {reason}")
        if total.doubled:
            complain(f"{count(total.doubled)} sent but not deleted: they are in both queues")
        if total.unknown:
            complain(f"{count(total.unknown)} may be in both queues: SQS did not answer the send")
        if total.returned:
            complain(f"{count(len(total.returned))} failed again meanwhile, and not sent a second time")


def _fields(total: Tally) -> dict[str, object]:
    return {
        "moved": total.moved,
        "left": total.left,
        "doubled": total.doubled,
        "unknown": total.unknown,
        "failed_again": len(total.returned),
        "refused": dict(total.refused),
    }


def _every(seconds: float, say: Callable[[Tally], None]) -> Callable[[Tally], None]:
    """Say it at most once in so many seconds."""
    last = CLOCK.monotonic()

    def progress(tally: Tally) -> None:
        nonlocal last
        if CLOCK.monotonic() >= last + seconds:
            last = CLOCK.monotonic()
            say(tally)

    return progress
