"""Which of several adapters the settings select, by the names that the container has for them."""

from sqsd_adapters.cli.settings.choices import BUILT_IN_LOCKERS, INVOKERS
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.cli.values.urls import BUILT_IN_SCHEMES, MEMORY_SCHEME
from sqsd_adapters.errors import ConfigurationError


def queue_kind(settings: Settings) -> str:
    scheme = settings.QUEUE_URL.partition("://")[0].lower()
    if scheme == MEMORY_SCHEME:
        return "memory"
    return "sqs" if scheme in BUILT_IN_SCHEMES else "extension"


def locker_kind(settings: Settings) -> str:
    return settings.LOCKER if settings.LOCKER in BUILT_IN_LOCKERS else "extension"


def worker_kind(settings: Settings, given: object) -> str:
    if given is not None or settings.INVOKER is not None:
        return "function"
    if settings.INVOKER_URL is not None:
        return "http"
    raise ConfigurationError(f"no invoker configured: set {' or '.join(INVOKERS)}, or pass an invoker")


def probe_kind(settings: Settings, worker: str) -> str:
    if settings.INVOKER_HEALTHCHECK_URL is not None:
        return "health"
    return "connect" if worker == "http" else "none"


def remembered(settings: Settings) -> str:
    if not settings.HISTORY_SIZE:
        return "off"
    return "memory" if settings.HISTORY_FILE is None else "file"


def lock_store_kind(settings: Settings, parents_locks: object) -> str:
    """Of memory locks, the parent of several processes keeps the table."""
    return "shared" if settings.LOCKER == "memory" and parents_locks is not None else locker_kind(settings)


def slots_kind(settings: Settings, parents_locks: object) -> str:
    """Which locks decide who enqueues a periodic task: without any, each of several processes would."""
    alone = settings.CRON_FILE is None or parents_locks is None
    return "shared" if settings.LOCKER == "none" and not alone else "own"


def in_sns_envelopes(settings: Settings) -> bool:
    return settings.MESSAGE_ENVELOPE == "sns"


def payload_kind(settings: Settings) -> str:
    return "off" if settings.MESSAGE_PAYLOAD == "none" else "s3"


def cleaner_kind(settings: Settings) -> str:
    return "s3" if settings.MESSAGE_PAYLOAD == "s3,delete" else "off"


def opener_kind(settings: Settings) -> str:
    """Whether messages are opened before they are invoked."""
    return "off" if payload_kind(settings) == "off" and not in_sns_envelopes(settings) else "on"


def scheduled(settings: Settings) -> str:
    return "off" if settings.CRON_FILE is None else "on"


def served(port: int) -> str:
    return "off" if port < 0 else "on"
