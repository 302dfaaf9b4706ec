"""Follows the statuses of one daemon, and comes back to it when it was away."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from sqsd_adapters.cli.monitors import Dial
from sqsd_adapters.cli.status.view import View
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor.client import MonitorUnavailable
from sqsd_core.ports.clock import Clock

INTERVAL = 1.0  # seconds between two statuses
RETRY = 1.0  # seconds before the next try to connect
AGAIN = 0.1  # seconds: the daemon ends every stream after a while
TASKS = 200  # the most that a daemon tells


async def follow(address: str, *, dial: Dial, clock: Clock, told: Callable[[View], None]) -> None:
    """Tell every status, and why there is none; never ends."""
    last, answered = clock.monotonic(), False
    while True:
        try:
            async with dial(address) as client, aclosing(client.watch(interval=INTERVAL, tasks=TASKS)) as statuses:
                async for status in statuses:
                    last, answered = clock.monotonic(), True
                    told(View(address=address, status=status))
            await asyncio.sleep(AGAIN)
        except (MonitorUnavailable, ConfigurationError) as error:
            if not answered:
                told(View(address=address, silent=str(error), silent_for=clock.monotonic() - last))
            await asyncio.sleep(AGAIN if answered else RETRY)
            # a daemon ends its connections after a while: only the next try tells whether it is away
            answered = False
