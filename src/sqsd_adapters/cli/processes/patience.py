"""How long a drain may take."""

from sqsd_adapters.cli.configuration.configuration import Configuration


def drain_patience(configuration: Configuration) -> float:
    """Seconds that running jobs get; of several workers, as long as their longest job if nothing else is set."""
    settings = configuration.settings
    if "DRAIN_TIMEOUT" in settings.model_fields_set or not any(configuration.queues):
        return settings.DRAIN_TIMEOUT
    return max(worker.settings.INVOKER_TIMEOUT for worker in configuration.workers.values())
