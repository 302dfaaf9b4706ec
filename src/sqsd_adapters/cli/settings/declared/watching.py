"""The variables of the breaker, and of what watches the daemon: monitor, probes, history, traces."""

from sqsd_adapters.cli.settings.declared.limits import HALF_DAY
from sqsd_adapters.cli.settings.declared.locks import LockVariables
from sqsd_adapters.cli.settings.kinds import (
    AutoSwitch,
    ContextUse,
    LockFile,
    Observers,
    ReadableFile,
    Seconds,
    Token,
    Word,
)
from sqsd_adapters.cli.settings.variables import variable
from sqsd_adapters.cli.values.urls import LAST_PORT


class WatchingVariables(LockVariables):
    """Those before, the breaker, and what watches the daemon."""

    BREAKER_FAILURES: int = variable(
        "Number of consecutive failures to reach the worker after which sqsd stops receiving (breaker)",
        5,
        ge=1,
        le=1_000_000,
        option="breaker_failures",
        of="worker",
    )
    BREAKER_COOLDOWN: Seconds = variable(
        "Pause before sqsd tries an unreachable worker again. It doubles with each failed try",
        1.0,
        gt=0,
        le=HALF_DAY,
        option="breaker_cooldown",
        of="worker",
    )
    BREAKER_COOLDOWN_MAX: Seconds = variable(
        "Maximum of the pause that starts at `BREAKER_COOLDOWN`",
        30.0,
        gt=0,
        le=HALF_DAY,
        validate_default=True,
        option="breaker_cooldown_max",
        of="worker",
    )

    MONITORING_PORT: int = variable("Port of the gRPC monitor. `-1` turns the monitor off", 6969, ge=-1, le=LAST_PORT)
    MONITORING_HOST: Word = variable("Address that the gRPC monitor listens on", "127.0.0.1")
    MONITORING_TLS_CERT: ReadableFile | None = variable(
        "File with the TLS certificate of the gRPC monitor", None, shown="off"
    )
    MONITORING_TLS_KEY: ReadableFile | None = variable(
        "File with the private key of `MONITORING_TLS_CERT`", None, validate_default=True
    )
    MONITORING_TLS_CLIENT_CA: ReadableFile | None = variable(
        "File with the CAs of client certificates. Clients of the gRPC monitor must present one (mutual TLS)", None
    )
    MONITORING_TOKEN: Token | None = variable(
        "Bearer token that clients of the gRPC monitor must send", None, shown="off"
    )
    MONITORING_RECEIPTS: bool = variable(
        "Whether the gRPC monitor shows the receipt handles of tasks",
        None,
        validate_default=True,
        shown="`true` on loopback, else `false`",
    )
    PROBE_PORT: int = variable(
        "Port of the HTTP probes `/livez`, `/readyz` and `/metrics`. `-1` turns the probes off", -1, ge=-1, le=LAST_PORT
    )
    PROBE_HOST: Word = variable("Address that the HTTP probes listen on", "127.0.0.1")

    HISTORY_SIZE: int = variable(
        "Number of messages that sqsd remembers for `sqsd why`. Failed ones are kept longest. `0` turns the history "
        "off",
        10_000,
        ge=0,
        le=100_000,
        of="daemon",
    )
    HISTORY_FILE: LockFile | None = variable(
        "File that keeps the history across restarts, in a directory on a local disk. Each daemon needs its own file",
        None,
        of="daemon",
    )
    OBSERVERS: Observers | None = variable(
        "Installed extensions that sqsd calls at each receive, start, end and deletion, separated by commas",
        None,
        of="daemon",
    )

    OPENTELEMETRY: AutoSwitch = variable(
        "Whether spans and metrics are exported. `auto`: if an `OTEL_*` variable names an exporter or an endpoint",
        "auto",
        of="daemon",
    )
    OPENTELEMETRY_CONTEXT: ContextUse = variable(
        "How the span of a message refers to the span of its sender: `link`, or `parent` (one trace)",
        "link",
        of="daemon",
    )
    ECS_TASK_PROTECTION: AutoSwitch = variable(
        "Whether sqsd protects the ECS task from scale-in while it holds messages. `auto`: if ECS set `ECS_AGENT_URI`",
        "auto",
        of="daemon",
    )
