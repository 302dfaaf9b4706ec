"""``sqsd dlq purge``: deletes all dead letters of a queue, after its name was typed."""

import typer

from sqsd_adapters.cli.dlq.places import dead_letter_queue, sources_of
from sqsd_adapters.cli.dlq.shown import count
from sqsd_adapters.cli.queues.on_queues import Where, on_queues
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.sqs.queues import Queues, name_of


def purge(*, where: Where, given: str | None, confirmed: str | None) -> None:
    """Ask for the queue's name, unless ``confirmed`` is it, and purge.

    Raises:
        ConfigurationError: the name is another, or the queue is no dead-letter queue.
    """

    async def look(queues: Queues) -> tuple[str, int]:
        url = await dead_letter_queue(queues, where, given)
        await sources_of(queues, url)
        return url, int((await queues.attributes(url)).get("ApproximateNumberOfMessages", 0))

    url, messages = on_queues(where, look)
    name = name_of(url)
    typed = confirmed or _ask(f"This deletes {count(messages)} of {name} for good. Type the queue's name to go on")
    if typed != name:
        raise ConfigurationError(f"nothing was deleted: the queue's name is {name}")
    on_queues(where, lambda queues: queues.purge(url))
    typer.echo(f"{name} is being purged; SQS takes up to 60 seconds")


def _ask(question: str) -> str:
    try:
        answer: str = typer.prompt(question, err=True)
    except typer.Abort:
        raise ConfigurationError("nothing was deleted: no name was given") from None
    return answer.strip()
