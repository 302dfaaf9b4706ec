"""What can be wrong beyond the settings' own rules, and shows without a network: modules, extras, files, region."""

from collections.abc import Callable, Iterator
from typing import Any

from sqsd_adapters.cli.assembly.arguments import lazy, monitor_tls, queue_region
from sqsd_adapters.cli.assembly.assembly import Assembly
from sqsd_adapters.cli.assembly.overridden import misfits_of
from sqsd_adapters.cli.assembly.parts import QueuePart, WorkerPart
from sqsd_adapters.cli.settings.choices import INVOKERS
from sqsd_adapters.cli.settings.selections import queue_kind
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.errors import ConfigurationError

#: the variables that a problem is about, and what finds it
Step = tuple[str, Callable[[], object]]


def check(assembly: Assembly) -> None:
    """Build what a daemon is made of, without opening it.

    Raises:
        ConfigurationError: names every problem.
    """
    problems = misfits_of(assembly) or list(dict.fromkeys(_problems(assembly)))
    if len(problems) == 1:
        raise ConfigurationError(problems[0])
    if problems:
        lines = "".join(f"\n  {problem}" for problem in problems)
        raise ConfigurationError(f"the configuration has {len(problems)} problems:{lines}")


def region_of(settings: Settings) -> str | None:
    """The region of AWS_REGION, of the queue's URL, or of the AWS SDK's own chain; None for an embedded queue."""
    region = queue_region(settings)
    return _region_of_the_sdk() if region is None and queue_kind(settings) == "sqs" else region


def _region_of_the_sdk() -> Any:  # noqa: ANN401 - untyped in the SDK
    session: Any = lazy("queue.sqs.session:own_session")()
    translated: Any = lazy("queue.sqs.errors:translated")(queue="")
    with translated:
        return session.get_config_variable("region")


def _problems(assembly: Assembly) -> Iterator[str]:
    for queue in assembly.queues.values():
        yield from _found(f"queue.{queue.name}" if queue.name else "", _steps_of_queue(queue))
    for worker in assembly.workers.values():
        yield from _found(f"worker.{worker.name}" if worker.name else "", _steps_of_worker(worker))
    yield from assembly.watching.problems
    yield from _found("", _steps_of_daemon(assembly))


def _found(table: str, steps: Iterator[Step] | list[Step]) -> Iterator[str]:
    for step in steps:
        if problem := _problem(*step):
            yield f"[{table}] {problem}" if table else problem


def _steps_of_queue(queue: QueuePart) -> Iterator[Step]:
    settings = queue.table.settings
    yield "QUEUE_URL", queue.parts.queue
    if queue.given.queue is None:
        yield "AWS_REGION", lambda: _demand_region(settings)
    yield f"LOCKER={settings.LOCKER}", queue.parts.lock_store
    yield "CRON_FILE", queue.parts.scheduler


def _steps_of_worker(worker: WorkerPart) -> Iterator[Step]:
    settings = worker.table.settings
    given = worker.parts.given()
    yield f"INVOKER={settings.INVOKER}" if given is None else "invoker", worker.parts.invoker
    if given is not None or any(getattr(settings, name) is not None for name in INVOKERS):
        yield "INVOKER_HEALTHCHECK_URL", worker.parts.probe
    yield "INVOKER_CA_FILE, INVOKER_CLIENT_CERT", lambda: _read_worker_tls(worker)


def _steps_of_daemon(assembly: Assembly) -> Iterator[Step]:
    settings = assembly.configuration.settings
    yield f"OBSERVERS={settings.OBSERVERS}", assembly.parts.observers
    yield "MONITORING_TLS_CERT", lambda: _read_monitor_tls(settings)


def _problem(variables: str, step: Callable[[], object]) -> str | None:
    try:
        step()
    except ConfigurationError as error:
        name = variables.partition("=")[0]
        return str(error) if name in str(error) else f"{variables}: {error}"
    return None


def _demand_region(settings: Settings) -> None:
    if queue_kind(settings) == "sqs" and region_of(settings) is None:
        raise ConfigurationError("AWS_REGION: not set, and QUEUE_URL does not contain a region")


def _read_worker_tls(worker: WorkerPart) -> None:
    settings = worker.table.settings
    if settings.INVOKER_CA_FILE is not None or settings.INVOKER_CLIENT_CERT is not None:
        tls: Any = worker.parts.tls()
        tls.context()


def _read_monitor_tls(settings: Settings) -> None:
    tls: Any = monitor_tls(settings)
    if tls is not None and settings.MONITORING_PORT >= 0:
        tls.credentials()
