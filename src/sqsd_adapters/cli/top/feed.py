"""Follows the statuses of one daemon, and comes back to it when it was away."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from sqsd_adapters.cli.monitors.monitors import Dial
from sqsd_adapters.cli.status.view import View
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor.client import MonitorBusy, MonitorClient, MonitorUnavailable
from sqsd_core.ports.clock import Clock

INTERVAL = 1.0  # seconds between two statuses
POLL = 2.0  # seconds between two questions, where the daemon serves no more streams
POLLS = 15  # questions until it is asked for a stream again
RETRY = 1.0  # seconds before the next try to connect
AGAIN = 0.1  # seconds: the daemon ends every stream after a while
TASKS = 200  # the most that a daemon tells


async def follow(address: str, *, dial: Dial, clock: Clock, told: Callable[[View], None]) -> None:
    """Tell every status, and why there is none; never ends."""
    last, answered = clock.monotonic(), False
    while True:
        try:
            async with dial(address) as client, aclosing(_views(client, address)) as views:
                async for view in views:
                    last, answered = clock.monotonic(), True
                    told(view)
            await asyncio.sleep(AGAIN)
        except (MonitorUnavailable, ConfigurationError) as error:
            if not answered:
                told(View(address=address, silent=str(error), silent_for=clock.monotonic() - last))
            await asyncio.sleep(AGAIN if answered else RETRY)
            # a daemon ends its connections after a while: only the next try tells whether it is away
            answered = False


async def _views(client: MonitorClient, address: str) -> AsyncGenerator[View, None]:
    """What the daemon tells; where it serves no more streams, what it answers for half a minute."""
    try:
        async with aclosing(client.watch(interval=INTERVAL, tasks=TASKS)) as statuses:
            async for status in statuses:
                yield View(address=address, status=status)
    except MonitorBusy as busy:
        for _ in range(POLLS):
            yield View(address=address, status=await client.status(tasks=TASKS), polled=str(busy))
            await asyncio.sleep(POLL)
