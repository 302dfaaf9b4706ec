"""A job with a span of its own, for ``INVOKER=tests.support.traced_job:job``."""

from opentelemetry import trace

from sqsd_core import Message


def job(message: Message) -> None:
    with trace.get_tracer("tests").start_as_current_span(f"inside {message.body}"):
        pass
