"""Which messages a receive takes: as many as the limit in flight allows, and none that is exhausted."""

from collections.abc import Callable

from sqsd_adapters.queue.embedded.delivery import is_exhausted
from sqsd_adapters.queue.embedded.errors import ErrorCode, SqsError
from sqsd_adapters.queue.embedded.redrive import Redrive
from sqsd_adapters.queue.embedded.shelf import Shelf
from sqsd_adapters.queue.embedded.stored import Stored


def room(limit: int, *, in_flight: int, most: int, quiet: bool) -> int:
    """How many messages may be taken.

    Raises:
        SqsError: OverLimit, unless ``quiet``. SQS says nothing in a long poll, nor on a FIFO queue.
    """
    left = most - in_flight
    if left <= 0 and not quiet:
        raise SqsError(ErrorCode.OVER_LIMIT, f"Too many messages in flight; the limit is {most}.")
    return min(limit, left)


def take(
    shelf: Shelf,
    limit: int,
    *,
    redrive: Redrive | None,
    bury: Callable[[Stored], None] | None,
    newest_first: bool,
) -> list[Stored]:
    """Take visible messages; those that were received too often leave the shelf and go to ``bury``."""
    taken: list[Stored] = []
    while len(taken) < limit and (batch := shelf.take(limit - len(taken), newest_first=newest_first)):
        for message in batch:
            if bury is not None and is_exhausted(message, redrive):
                shelf.remove(message)
                bury(message)
            else:
                taken.append(message)
    return taken
