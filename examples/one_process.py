"""Sends messages and runs them, in one process: for a small program, or to see how the parts fit.

    python examples/one_process.py

The queue is in this process (``memory://``), and ends with it. With a queue in SQS the program is the same, but sends
with an AWS SDK.
"""

import asyncio
import logging

from sqsd import Message, Settings, Sqsd
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue


async def main(orders: int = 3) -> list[str]:
    """Return the bodies in the order in which they were done."""
    done: list[str] = []
    finished = asyncio.Event()

    async def ship(message: Message) -> None:
        done.append(message.body)
        if len(done) == orders:
            finished.set()

    queue = EmbeddedQueue.named("orders")
    settings = Settings(QUEUE_URL="memory://orders", INVOKER_PARALLEL_COUNT=2, FETCHER_WAIT_TIME="1s")
    async with Sqsd(settings, invoker=ship):
        for number in range(orders):
            queue.send(f"order {number}")
        await finished.wait()
    return done


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    print(asyncio.run(main()))
