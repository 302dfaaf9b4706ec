"""Runs the Django management command of the examples over a queue in memory, as a process."""

from django.conf import settings
from django.core.management import call_command

from examples.embedded_django import Command
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue

if __name__ == "__main__":
    settings.configure()
    EmbeddedQueue.named("jobs").send("order 7")
    call_command(Command())
