"""Whether someone else consumes the queue: more messages are in flight at SQS than at the daemon here."""

from collections.abc import Mapping

from sqsd_adapters.cli.checking.finding import Finding, ok, warn
from sqsd_adapters.cli.monitors.dialling import dialled
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.monitor.client import MonitorClient, MonitorUnavailable

TIMEOUT = 3.0  # seconds

NAME = "other consumers"


async def elsewhere(settings: Settings, attributes: Mapping[str, str], *, queue: str = "") -> Finding:
    """Compare SQS's count with that of the daemon of these settings, if it runs on this machine.

    ``queue`` is the name of the queue's table; empty where there is one queue only.
    """
    in_flight = int(attributes.get("ApproximateNumberOfMessagesNotVisible", 0))
    if not in_flight:
        return ok(NAME, "no message is in flight")
    here = await running_here(settings, queue=queue)
    buffered = settings.FETCHER_PARALLEL_COUNT * settings.FETCHER_MAX_MESSAGES
    if here is not None and in_flight <= here + buffered:
        return ok(NAME, f"{in_flight:,} in flight at SQS, {here} of them run here")
    where = "no daemon of these settings answers on this machine" if here is None else f"{here} run here"
    return warn(
        NAME,
        f"{in_flight:,} in flight at SQS, and {where}: another consumer takes messages of this queue, "
        "or failed messages wait for their retry",
        "look at the other instances: sqsd tasks --address HOST:PORT; "
        "if none of them is yours, give this consumer a queue of its own",
    )


async def running_here(settings: Settings, *, queue: str = "") -> int | None:
    """Tasks of the daemon, or of one of its queues; None if no daemon answers, or it wants a client certificate."""
    if settings.MONITORING_PORT <= 0 or settings.MONITORING_TLS_CERT is not None:
        return None
    token = settings.MONITORING_TOKEN
    client = MonitorClient(
        address=dialled(settings.MONITORING_HOST, str(settings.MONITORING_PORT)),
        token=token.get_secret_value() if token else None,
        timeout=TIMEOUT,
    )
    try:
        async with client:
            return sum(not queue or task.queue == queue for task in await client.current_workings())
    except (MonitorUnavailable, ConfigurationError):
        return None
