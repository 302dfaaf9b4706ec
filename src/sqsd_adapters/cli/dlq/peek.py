"""``sqsd dlq peek`` and ``dump``: dead letters are shown or written to a file, and stay where they are."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console

from sqsd_adapters.cli.dlq.choice import Choice
from sqsd_adapters.cli.dlq.letter import DeadLetter
from sqsd_adapters.cli.dlq.places import dead_letter_queue
from sqsd_adapters.cli.dlq.reader import COUNTS, Reader
from sqsd_adapters.cli.dlq.shown import count, letter_lines
from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.queues.on_queues import Where, on_queues
from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.sqs.queues import Queues, name_of

CLOCK = SystemClock()
FIFO = "of each message group on a FIFO queue, only the first ten messages can be looked at"


def print_letters(*, where: Where, given: str | None, choice: Choice, most: int, as_json: bool) -> None:
    """Print up to ``most`` messages; exits with 1 where no message matches."""
    console = Console()

    def show(letter: DeadLetter) -> None:
        if as_json:
            typer.echo(letter.json_line())
        else:
            for line in letter_lines(letter, now=CLOCK.now()):
                console.print(line)

    found = _look(where, given, choice, most, show)
    complain(f"{count(found)} shown, and visible again; {COUNTS}")
    if not found:
        raise typer.Exit(Exit.CRASH)


def dump_letters(*, where: Where, given: str | None, choice: Choice, most: int | None, output: Path | None) -> None:
    """Write one line of JSON per message to ``output``, which must not exist, or to stdout."""
    with _writer(output) as write:
        found = _look(where, given, choice, most, lambda letter: write(letter.json_line()))
    complain(f"{count(found)} written, and visible again; {COUNTS}")


def _look(
    where: Where, given: str | None, choice: Choice, most: int | None, show: Callable[[DeadLetter], object]
) -> int:
    async def work(queues: Queues) -> int:
        url = await dead_letter_queue(queues, where, given)
        if name_of(url).endswith(".fifo"):
            complain(FIFO)
        return await _show(queues, url)

    async def _show(queues: Queues, url: str) -> int:
        found = 0
        async with Reader(queues=queues, url=url) as reader:
            async for batch in reader.batches():
                for letter in batch:
                    if found != most and choice.takes(letter, now=CLOCK.now()):
                        show(letter)
                        found += 1
                if found == most:
                    break
        return found

    return on_queues(where, work)


@contextmanager
def _writer(output: Path | None) -> Iterator[Callable[[str], object]]:
    if output is None:
        yield lambda line: sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        return
    try:
        # bodies may be confidential: for the user alone, and never over an older dump
        with open(output, "x", encoding="utf-8", opener=_private) as file:
            yield lambda line: file.write(f"{line}\n")
    except OSError as error:
        raise ConfigurationError(f"--output {output}: {error.strerror}") from None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
