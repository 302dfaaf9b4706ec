"""Tells an event loop in virtual time that it has to wait for something that it cannot see."""

import asyncio
from contextlib import AbstractContextManager, nullcontext


def in_real_time() -> AbstractContextManager[None]:
    """Let no time jump in this block, in which a thread or another process works for the running loop.

    In a loop that is not in virtual time it does nothing::

        with in_real_time():
            await anyio.to_thread.run_sync(resize, image)
    """
    hold: AbstractContextManager[None] = getattr(asyncio.get_running_loop(), "in_real_time", nullcontext)()
    return hold
