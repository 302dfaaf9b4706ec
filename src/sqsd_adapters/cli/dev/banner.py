"""What ``sqsd dev`` prints: what to copy at the start, and a line for each call of the worker."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime

import typer

from sqsd_adapters.dev.life import Call, Life
from sqsd_adapters.printable import printable
from sqsd_core.version import __version__

WORDS = 120  # characters of an answer
#: older versions do not know the variable (AWS CLI 2.13 does); in no block, since zsh takes no comment at its prompt
FOR_THE_CLI = 'AWS CLI 1, and 2 before 2.13: add --endpoint-url "$AWS_ENDPOINT_URL_SQS" to each command.'


def exports(*, endpoint: str, queue_url: str, region: str) -> Mapping[str, str]:
    """The variables by which an SDK, the AWS CLI or sqsd find the embedded SQS; it takes any credentials."""
    return {
        "AWS_ENDPOINT_URL_SQS": endpoint,
        "AWS_ACCESS_KEY_ID": "sqsd",
        "AWS_SECRET_ACCESS_KEY": "sqsd",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "SQS_ENDPOINT_URL": endpoint,
        "QUEUE_URL": queue_url,
    }


def block(variables: Mapping[str, str]) -> str:
    """The variables for a shell."""
    return "\n".join(f"export {name}={value}" for name, value in variables.items())


def greeting(*, page: str, worker: str, export: str, secret: str | None) -> Iterator[str]:
    """The lines at the start; no secret where the configuration has one of its own."""
    yield f"sqsd {__version__} dev: a queue, the daemon and your worker on this machine"
    yield ""
    yield f"  page    {page}"
    yield f"  worker  {worker}"
    if secret is not None:
        yield f"  secret  {secret}   (signs each request; it stays the same)"
    yield ""
    yield export
    yield ""
    yield FOR_THE_CLI
    yield "Press Ctrl-C to stop."
    yield ""


def call_line(life: Life, call: Call, *, zone: None = None) -> str:
    """One call: when, of which message, with what answer."""
    at = datetime.fromtimestamp(call.at, zone).astimezone()
    took = "" if call.duration is None else f" in {call.duration * 1000:.0f} ms"
    answer = printable(call.answer or call.outcome, WORDS)
    return f"{at:%H:%M:%S}  {life.queue}  {printable(life.id, WORDS)[:8]}  receive {call.number}  {answer}{took}"


def say(line: str) -> None:
    """Print a line; a terminal that is gone is no reason to stop."""
    with suppress(OSError):
        typer.echo(line)
