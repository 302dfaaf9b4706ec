"""Exports what is left, in bounded time."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

from sqsd_adapters.printable import printable
from sqsd_adapters.real_time import in_real_time

logger = logging.getLogger(__name__)


async def flush(work: Callable[[], bool], *, within: float) -> None:
    """Do it in a thread that nobody waits for longer: a collector that is away must not keep the daemon."""
    reason = f"not exported within {within:g} s"
    try:
        with in_real_time():
            async with asyncio.timeout(within):
                reason = await _in_thread(work)
    except TimeoutError:
        pass
    if reason:
        logger.warning("telemetry lost at the end", extra={"reason": reason})


async def _in_thread(work: Callable[[], bool]) -> str:
    """Why it did not succeed; empty if it did."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()

    def run() -> None:
        reason = _reason(work)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_tell, answer, reason)

    Thread(target=run, name="telemetry-flush", daemon=True).start()
    return await answer


def _reason(work: Callable[[], bool]) -> str:
    try:
        return "" if work() else "the SDK could not export everything"
    except Exception as error:  # noqa: BLE001 - an exporter may raise anything, in a thread that nobody else watches
        return printable(f"{type(error).__name__}: {error}")


def _tell(answer: asyncio.Future[str], reason: str) -> None:
    if not answer.done():
        answer.set_result(reason)
