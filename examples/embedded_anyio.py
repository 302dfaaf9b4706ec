"""A daemon in a program that uses anyio, with its asyncio backend: it runs until ``enough`` is set."""

import anyio

from sqsd import Message, Settings, Sqsd


async def ship_until(enough: anyio.Event, shipped: list[str]) -> None:
    async def ship(message: Message) -> None:
        await anyio.sleep(0.01)
        shipped.append(message.body)

    async with Sqsd(Settings(INVOKER_PARALLEL_COUNT=16), invoker=ship):
        await enough.wait()
