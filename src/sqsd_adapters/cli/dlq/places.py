"""Which dead-letter queue a command is about, and where its messages go."""

from dataclasses import dataclass, field

from sqsd_adapters.cli.dlq.letter import DeadLetter
from sqsd_adapters.cli.queues.on_queues import Where, checked
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.queue.sqs.queues import Queues, name_of


async def dead_letter_queue(queues: Queues, where: Where, given: str | None) -> str:
    """The URL of the one given, or of that of QUEUE_URL."""
    if given is not None:
        return await queues.url_of(checked(given))
    return await queues.dead_letters_of(await queues.url_of(where.given))


async def sources_of(queues: Queues, url: str) -> list[str]:
    """The queues whose dead letters are in this one; raises ConfigurationError where there are none."""
    sources = await queues.sources_of(url)
    if not sources:
        raise ConfigurationError(f"{name_of(url)} is not a dead-letter queue: no queue's redrive policy names it")
    return sources


@dataclass(slots=True, kw_only=True)
class Targets:
    """Where each message goes: to the queue given, or back to that in which it failed."""

    queues: Queues
    #: the URL of the queue given
    to: str | None
    #: the URLs of the queues that the messages can come from
    sources: list[str]
    _urls: dict[str, str] = field(default_factory=dict)

    async def of(self, letter: DeadLetter) -> str:
        """Raise ConfigurationError where the message does not say where it came from."""
        if self.to is not None:
            return self.to
        if letter.source_arn is not None:
            return await self._url_of(letter.source_arn)
        if len(self.sources) == 1:
            return self.sources[0]
        names = ", ".join(map(name_of, self.sources))
        raise ConfigurationError(f"{letter.message_id} does not say where it came from; pass --to, one of {names}")

    async def _url_of(self, arn: str) -> str:
        if arn not in self._urls:
            self._urls[arn] = await self.queues.url_of(arn)
        return self._urls[arn]
