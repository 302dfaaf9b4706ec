"""A history that survives a restart: in memory as always, and in HISTORY_FILE."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Self

from sqsd_adapters.observer.history.file import HistoryFile, Row
from sqsd_adapters.observer.history.memory import MemoryHistory
from sqsd_adapters.observer.history.record import Garbled, Record, parsed
from sqsd_adapters.observer.history.writer import INTERVAL, Writer
from sqsd_adapters.real_time import in_real_time
from sqsd_core.message import MessageId
from sqsd_core.ports.clock import Clock

OPENING = 5.0  # seconds that the start waits for what was remembered
CLOSING = 3.0  # seconds for the last batch


class KeptHistory(MemoryHistory):
    """Remembers ``size`` messages, those of earlier processes among them, while it is open.

    A file that fails costs what it should have kept, and nothing else. Opening raises ConfigurationError where the file
    cannot be used before a person has fixed something.
    """

    def __init__(self, *, clock: Clock, instance: str, size: int, path: Path, interval: float = INTERVAL) -> None:
        super().__init__(clock=clock, instance=instance, size=size, changed=self._note_changes)
        self._writer = Writer(
            file=HistoryFile(path.absolute()), shelf=self.shelf, restore=self._hand_over, interval=interval
        )

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = self._loop.create_future()
        self._ended = asyncio.Event()
        # A daemon thread: a disk that hangs keeps no process from ending.
        threading.Thread(target=self._work, args=(opened,), name="sqsd-history", daemon=True).start()
        with suppress(TimeoutError), in_real_time():
            async with asyncio.timeout(OPENING):
                await opened
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.stop()
        with suppress(TimeoutError), in_real_time():
            async with asyncio.timeout(CLOSING):
                await self._ended.wait()

    def _note_changes(self, message_ids: Iterable[MessageId]) -> None:
        self._writer.changed(message_ids)

    def _work(self, opened: "asyncio.Future[None]") -> None:
        try:
            self._writer.open()
        except Exception as error:  # noqa: BLE001 - whatever it is, the start must know
            self._tell(partial(_settle, opened, error))
            return
        self._tell(partial(_settle, opened, None))
        self._writer.run()
        self._tell(self._ended.set)

    def _hand_over(self, rows: Sequence[Row]) -> None:
        """Let the event loop restore what was in the file, and wait until it has."""
        restored = threading.Event()
        records: dict[MessageId, Record] = {}
        for row in rows:
            with suppress(Garbled):
                records[MessageId(row.message_id)] = parsed(row.record)
        troubled = [MessageId(row.message_id) for row in rows if row.troubled and row.message_id in records]

        def restore() -> None:
            self.shelf.restore(records, troubled)
            self._writer.changed(
                [MessageId(row.message_id) for row in rows if row.message_id not in self.shelf.records]
            )
            restored.set()

        if self._tell(restore):
            restored.wait(OPENING)

    def _tell(self, call: Callable[[], object]) -> bool:
        """Call it in the event loop; False when that is closed."""
        try:
            self._loop.call_soon_threadsafe(call)
        except RuntimeError:
            return False
        return True


def _settle(opened: "asyncio.Future[None]", error: Exception | None) -> None:
    if opened.done():
        return
    if error is None:
        opened.set_result(None)
    else:
        opened.set_exception(error)
