"""A program that runs two daemons, for ``python -m tests.support.embedding_program after|beside|own``."""

import asyncio
import sys
from contextlib import AsyncExitStack

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from sqsd import Settings, Sqsd
from sqsd_adapters.queue.embedded.queue import EmbeddedQueue
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs
from tests.support.traced_job import job


def daemon(queue: EmbeddedQueue, **variables: str) -> Sqsd:
    settings = Settings(QUEUE_URL=f"memory://{queue.name}", FETCHER_WAIT_TIME="1s", **variables)
    return Sqsd(settings, invoker=job, queue=queue)


async def works_off(queue: EmbeddedQueue) -> None:
    queue.send(queue.name)
    while not queue.is_empty:  # noqa: ASYNC110 - no event tells of it
        await asyncio.sleep(0.01)


async def after(*queues: EmbeddedQueue, **variables: str) -> None:
    for queue in queues:
        async with daemon(queue, **variables):
            await works_off(queue)


async def beside(first: EmbeddedQueue, second: EmbeddedQueue) -> None:
    """The one that started first ends first."""
    async with AsyncExitStack() as stack:
        async with daemon(first):
            await stack.enter_async_context(daemon(second))
            await works_off(first)
        await works_off(second)


async def own(first: EmbeddedQueue, second: EmbeddedQueue) -> None:
    """The program has a provider of its own, which it uses once more after the daemons have ended."""
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    await after(first, second, OPENTELEMETRY="on")
    provider.get_tracer("program").start_span("of the program").end()
    provider.shutdown()


async def main(way: str) -> None:
    sqs = EmbeddedSqs()
    first, second = (EmbeddedQueue(sqs=sqs, name=name, max_receive_count=3) for name in ("first", "second"))
    match way:
        case "after":
            await after(first, second)
        case "beside":
            await beside(first, second)
        case _:
            await own(first, second)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
