"""One call of SQS, decoded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from sqsd_adapters.queue.embedded import parameters as given
from sqsd_adapters.queue.embedded.errors import queue_does_not_exist
from sqsd_adapters.queue.embedded.faults import Encounter
from sqsd_adapters.queue.embedded.parameters import Json
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked for, and of whom."""

    sqs: EmbeddedSqs
    operation: str
    parameters: Json
    #: queue URLs in the answer begin with it
    base_url: str
    #: the faults that the call meets
    met: Encounter
    #: the request's header X-Amzn-Trace-Id
    trace_header: str | None = None

    @property
    def queue(self) -> str:
        """The name of the queue, the last part of its URL."""
        url = given.optional_text(self.parameters, "QueueUrl")
        if url is None:
            raise queue_does_not_exist()
        return url.rpartition("/")[2]

    @property
    def now(self) -> float:
        return self.sqs.now()

    def url_of(self, name: str) -> str:
        return self.sqs.engine.place.url_of(self.base_url, name)


#: carries out a call at once; raises SqsError as SQS would answer
Operation: TypeAlias = Callable[[Call], Json]
