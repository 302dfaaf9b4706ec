"""A Django management command that runs the daemon until SIGTERM or Ctrl-C, and then drains.

In a project the class is in ``management/commands/ship.py`` of an app: ``python manage.py ship``.
"""

import asyncio
import signal

from django.core.management.base import BaseCommand

from sqsd import Message, Settings, Sqsd


class Command(BaseCommand):  # type: ignore[misc]  # Django ships no types
    help = "Ships what the queue holds, until SIGTERM or Ctrl-C."

    def handle(self, **_: object) -> None:
        asyncio.run(self.work())

    async def work(self) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        async with Sqsd(Settings(INVOKER_PARALLEL_COUNT=16), invoker=self.ship):
            await stop.wait()

    async def ship(self, message: Message) -> None:
        self.stdout.write(f"shipped {message.body}")
