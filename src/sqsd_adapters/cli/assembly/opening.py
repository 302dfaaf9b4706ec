"""Opens what a daemon is made of; what must be true of a queue before its first receive is its plan's demand."""

from contextlib import AsyncExitStack

from sqsd_adapters.cli.assembly.assembly import Assembly


async def open_all(assembly: Assembly, stack: AsyncExitStack) -> None:
    """Open every adapter; ``stack`` closes them."""
    for part in (assembly.watching, *assembly.queues.values(), *assembly.workers.values(), assembly):
        stack.push_async_callback(part.close)
        await part.open()
