"""``sqsd dlq send``: sends the lines of a dump, which may have been edited, to the queue."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from sqsd_adapters.cli.dlq.copying import batched, whole
from sqsd_adapters.cli.dlq.letter import DeadLetter
from sqsd_adapters.cli.dlq.reader import Reader
from sqsd_adapters.cli.dlq.shown import count
from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.queues.on_queues import Where, checked, on_queues
from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.sqs.queues import Queues, name_of
from sqsd_core.limits import MAX_BATCH

STDIN = Path("-")


def send_lines(*, where: Where, file: Path, to: str | None, skip: int, delete: bool) -> None:
    """Send every message after the first ``skip``, in order; with ``delete``, the originals are deleted after that.

    Raises:
        ConfigurationError: names the line that is wrong; nothing was sent.
        typer.Exit: with 1 where SQS refused a message.
    """
    letters = list(_letters(file))[skip:]

    async def work(queues: Queues) -> bool:
        url = await queues.url_of(where.given if to is None else checked(to))
        _check_groups(letters, url)
        dead = await queues.dead_letters_of(url) if delete else None
        sending = _Sending(queues=queues, url=url, skipped=skip, at_most=await queues.max_size(url))
        left = 0
        try:
            await sending.send(letters)
        finally:  # an interruption must not leave what was sent in both queues
            if dead is not None and sending.originals:
                left = await _delete(queues, dead, sending.originals)
        return sending.is_refused or left > 0

    if on_queues(where, work):
        raise typer.Exit(Exit.CRASH)


class _Sending:
    """Sends the messages of a file, and says how far it came."""

    def __init__(self, *, queues: Queues, url: str, skipped: int, at_most: int) -> None:
        self._queues = queues
        #: bytes of a message
        self._at_most = at_most
        self._url = url
        self._fifo = url.endswith(".fifo")
        #: messages of the file that were sent or refused, or skipped at the start
        self._done = skipped
        self.is_refused = False
        self._sent = 0
        #: ids of the dead letters that were sent, as far as the file has them
        self.originals: set[str] = set()

    async def send(self, letters: Sequence[DeadLetter]) -> None:
        end = self._done + len(letters)
        try:
            for batch in batched(letters, at_most=1 if self._fifo else MAX_BATCH):
                await whole(self._send(batch))
                if self._fifo and self.is_refused:
                    break  # what follows may be of the same group
        finally:
            more = f"; go on with --skip {self._done}" if self._done < end else ""
            complain(f"{count(self._sent)} sent to {name_of(self._url)}{more}")

    async def _send(self, batch: Sequence[DeadLetter]) -> None:
        entries = [
            letter.entry(str(index), fifo=self._fifo, at_most=self._at_most) for index, letter in enumerate(batch)
        ]
        answer = await self._queues.send(self._url, entries)
        self._sent += len(answer.message_ids)
        self.originals.update(batch[int(index)].message_id for index in answer.message_ids)
        self.originals.discard("")
        for index, reason in answer.refused.items():
            complain(f"message {self._done + int(index) + 1} was refused: {reason}")
            self.is_refused = True
        self._done += len(batch) if not (self._fifo and answer.refused) else 0


async def _delete(queues: Queues, url: str, message_ids: set[str]) -> int:
    """Delete the originals; returns how many were not found or not deleted."""
    deleted = 0
    try:
        async with Reader(queues=queues, url=url) as reader:
            async for batch in reader.batches():
                originals = [letter for letter in batch if letter.message_id in message_ids]
                deleted += await whole(reader.delete(originals))
                if deleted == len(message_ids):
                    break
    finally:
        left = len(message_ids) - deleted
        more = f"; {count(left, 'original')} not found or not deleted, so they may be in both queues" * (left > 0)
        complain(f"{count(deleted, 'original')} deleted from {name_of(url)}{more}")
    return left


def _check_groups(letters: Sequence[DeadLetter], url: str) -> None:
    if url.endswith(".fifo") and any(letter.group is None for letter in letters):
        raise ConfigurationError(f"{name_of(url)} is a FIFO queue: each line needs Attributes with a MessageGroupId")


def _letters(file: Path) -> Iterator[DeadLetter]:
    for number, line in enumerate(_text(file).split("\n"), start=1):
        if line.strip():
            try:
                letter = DeadLetter.parse(_object(line))
                letter.entry("0", fifo=True)
            except ConfigurationError as error:
                raise ConfigurationError(f"{file}, line {number}: {error}; nothing was sent") from None
            yield letter


def _object(line: str) -> dict[str, Any]:
    try:
        shape = json.loads(line)
    except ValueError:
        raise ConfigurationError("not JSON") from None
    if not isinstance(shape, dict):
        raise ConfigurationError("not a JSON object")
    return shape


def _text(file: Path) -> str:
    try:
        return (sys.stdin.buffer.read() if file == STDIN else file.read_bytes()).decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ConfigurationError(f"{file}: {reason}") from None
