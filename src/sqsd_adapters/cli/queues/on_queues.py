"""Opens SQS for a command that works on queues, and says in words what went wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import typer

from sqsd_adapters.cli.assembly.arguments import lazy
from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.cli.values.urls import MEMORY_SCHEME, QUEUE_NAME, check_http_url, check_queue_url, masked
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.sqs.queues import Queues
from sqsd_core.errors import QueueUnavailable

INTERRUPTED = 130  # a shell's: 128 + SIGINT

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which SQS a command asks, as its options and variables say."""

    #: QUEUE_URL
    queue_url: str | None
    #: --queue: the URL or the name of another queue
    queue: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    #: the names of several queues, of which none is chosen
    undecided: str = ""

    @property
    def given(self) -> str:
        """The queue that the command is about; raises ConfigurationError where there is none."""
        if self.undecided:
            raise ConfigurationError(f"no queue chosen: pass --queue with one of {self.undecided}")
        place = self.queue or self.queue_url
        if place is None:
            raise ConfigurationError("no queue: set QUEUE_URL, or pass --queue")
        return checked(place)

    @property
    def leading_url(self) -> str | None:
        """A queue's URL that leads to the endpoint."""
        url = self.queue if self.queue and "://" in self.queue else self.queue_url
        return None if url is None else checked(url)


def checked(place: str) -> str:
    """The URL, ARN or name of a queue of SQS; raises ConfigurationError for anything else."""
    if place.startswith(f"{MEMORY_SCHEME}:"):
        raise ConfigurationError(
            f"{masked(place)} is a queue inside the daemon's own process, which no other process can reach; "
            "use `python -m sqsd_adapters.queue.embedded` for a queue that commands can reach"
        )
    if "://" in place:
        try:
            return check_queue_url(place)
        except ValueError as error:
            raise ConfigurationError(f"{masked(place)} is not the URL of a queue: {error}") from None
    if not QUEUE_NAME.fullmatch(place.rpartition(":")[2] if place.startswith("arn:") else place):
        raise ConfigurationError(f"{place!r} is not the name, the URL or the ARN of a queue")
    return place


def on_queues(where: Where, work: Callable[[Queues], Awaitable[T]]) -> T:
    """Do ``work`` with SQS open.

    Raises:
        ConfigurationError, QueueRefused: what the user has to fix first.
        typer.Exit: with 1 where SQS cannot be reached, with 130 after Ctrl-C.
    """
    try:
        return asyncio.run(_open_and_do(where, work))
    except QueueUnavailable as error:
        complain(error)
        raise typer.Exit(Exit.CRASH) from None
    except KeyboardInterrupt:
        complain("interrupted")
        raise typer.Exit(INTERRUPTED) from None


async def _open_and_do(where: Where, work: Callable[[Queues], Awaitable[T]]) -> T:
    admin: Any = lazy("queue.sqs.admin:SqsAdmin")(
        clock=SystemClock(), url=where.leading_url, region=where.region, endpoint_url=_endpoint(where.endpoint_url)
    )
    async with admin:
        return await work(Queues(admin=admin))


def _endpoint(url: str | None) -> str | None:
    if url is None:
        return None
    try:
        return check_http_url(url)
    except ValueError as error:
        raise ConfigurationError(f"SQS_ENDPOINT_URL={masked(url)}: {error}") from None
