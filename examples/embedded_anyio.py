"""The daemon in a program that uses anyio, on its asyncio backend; it ends when three orders are shipped.

QUEUE_URL=... python examples/embedded_anyio.py
"""

import anyio

from sqsd import Message, Settings, Sqsd

ENOUGH = 3


async def main() -> list[str]:
    shipped: list[str] = []
    enough = anyio.Event()

    async def ship(message: Message) -> None:
        await anyio.sleep(0.01)
        shipped.append(message.body)
        if len(shipped) >= ENOUGH:
            enough.set()

    async with Sqsd(Settings(), invoker=ship):
        await enough.wait()
    return shipped


if __name__ == "__main__":
    print(anyio.run(main))
