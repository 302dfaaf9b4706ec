"""A job in the daemon's process, and the lines that run it.

QUEUE_URL=https://sqs.eu-central-1.amazonaws.com/123456789012/orders python examples/shipping.py
"""

import asyncio
import json
import logging
import sys

from sqsd import Message, Outcome, RetryLater, Settings, Succeeded, serve

MINUTE = 60.0


class Shipping:
    """Ships each order once it is paid."""

    def __init__(self) -> None:
        self.paid: set[int] = set()
        self.shipped: list[int] = []

    async def invoke(self, message: Message) -> Outcome:
        order = json.loads(message.body)["order"]
        if order not in self.paid:
            return RetryLater(after=MINUTE, reason="not paid yet")
        self.shipped.append(order)
        return Succeeded()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    sys.exit(asyncio.run(serve(Settings(INVOKER_PARALLEL_COUNT=16), invoker=Shipping())))
