"""Loops that end only when they are told to; one that ends otherwise ends the daemon."""

import asyncio
from collections.abc import Callable, Coroutine

Loop = asyncio.Task[None]
#: runs beside the work until it is cancelled
Service = Callable[[], Coroutine[None, None, None]]


async def unbroken(loop: Coroutine[None, None, None]) -> None:
    """End the daemon if a loop ends by an unrequested cancellation, which its TaskGroup ignores."""
    try:
        await loop
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and not task.cancelling():
            raise RuntimeError("a loop was cancelled from within") from error
        raise
