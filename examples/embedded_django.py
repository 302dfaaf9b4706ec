"""The daemon as a management command of Django: ``python manage.py consume``.

In a project, the class is ``Command`` in ``<app>/management/commands/consume.py``. ``serve`` takes SIGTERM and SIGINT,
so the command drains when it is stopped.
"""

import asyncio
import sys

from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.core.management.base import BaseCommand

from sqsd import Message, Settings, serve


class Command(BaseCommand):  # type: ignore[misc] # Django ships no types
    help = "Ships the orders of the queue until it is stopped."

    def handle(self, *arguments: object, **options: object) -> None:  # noqa: ARG002 - as Django calls it
        code = asyncio.run(serve(Settings(), invoker=ship))
        if code:
            sys.exit(code)


async def ship(message: Message) -> None:
    """A job; what blocks, as Django's ORM does, runs in a thread."""
    await sync_to_async(note_shipment)(message.body)


def note_shipment(order: str) -> None:
    cache.set(order, "shipped")
