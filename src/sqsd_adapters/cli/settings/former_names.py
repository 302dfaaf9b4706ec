"""Variables that have another name here: those of other daemons, and those that are gone."""

from collections.abc import Collection, Mapping

from sqsd_adapters.cli.values.spelling import nearest

_SIGNING = "requests are signed with INVOKER_SIGNING_SECRET; set that to a secret that `sqsd secret` prints"

#: refused with this sentence: without them requests would go out unsigned, and nothing would say so
GONE = {"INVOKER_HMAC_SECRET": _SIGNING, "INVOKER_HMAC_HEADER": _SIGNING}

#: names that are unlikely to belong to anything but a daemon
FORMER = {
    # taiyoh/sqsd 1.0
    "DEFAULT_INVOKER_TIMEOUT": "INVOKER_TIMEOUT",
    # taiyoh/sqsd 0.10
    "SQS_QUEUE_URL": "QUEUE_URL",
    "WORKER_DESTINATION_URL": "INVOKER_URL",
    "WORKER_MAX_PROCESS_COUNT": "INVOKER_PARALLEL_COUNT",
    # simple-sqsd; those that are left out have no counterpart
    "SQSD_QUEUE_REGION": "AWS_REGION",
    "SQSD_QUEUE_URL": "QUEUE_URL",
    "SQSD_QUEUE_MAX_MSGS": "FETCHER_MAX_MESSAGES",
    "SQSD_QUEUE_WAIT_TIME": "FETCHER_WAIT_TIME",
    "SQSD_HTTP_MAX_CONNS": "INVOKER_PARALLEL_COUNT",
    "SQSD_HTTP_URL": "INVOKER_URL",
    "SQSD_HTTP_CONTENT_TYPE": "INVOKER_CONTENT_TYPE",
    "SQSD_AWS_ENDPOINT": "SQS_ENDPOINT_URL",
    "SQSD_HMAC_SECRET_KEY": "INVOKER_SIGNING_SECRET",
    "SQSD_HTTP_HEALTH_PATH": "INVOKER_HEALTHCHECK_URL",
    "SQSD_HTTP_HEALTH_INTERVAL": "BREAKER_COOLDOWN",
    "SQSD_HTTP_TIMEOUT": "INVOKER_TIMEOUT",
    "SQSD_HTTP_SSL_VERIFY": "INVOKER_CA_FILE",
    "SQSD_HTTP_AUTHORIZATION_HEADER": "INVOKER_HEADERS",
    "SQSD_HTTP_AUTHORIZATION_HEADER_NAME": "INVOKER_HEADERS",
    "SQSD_CRON_FILE": "CRON_FILE",
}


def meant(name: str, *, known: Collection[str], environ: Mapping[str, str]) -> str | None:
    """The variable that an unknown one stands for, if there is one that is not set itself; an empty one is not set."""
    if name in known:
        return None
    former = FORMER.get(name)
    if former is not None:
        return former if former in known and not environ.get(former) else None
    return nearest(name, known)
