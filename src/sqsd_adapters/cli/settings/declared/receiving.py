"""The variables of receiving: long polls, visibility, back-off, and the time of a drain."""

from sqsd_adapters.cli.settings.declared.limits import HALF_DAY
from sqsd_adapters.cli.settings.declared.worker import WorkerVariables
from sqsd_adapters.cli.settings.kinds import Seconds
from sqsd_adapters.cli.settings.variables import variable
from sqsd_core.limits import MAX_BATCH, MAX_WAIT


class ReceivingVariables(WorkerVariables):
    """Those before, and how messages are received, hidden and retried."""

    FETCHER_PARALLEL_COUNT: int = variable(
        "Maximum number of receive calls that run at the same time. While the queue is empty, one runs",
        1,
        ge=1,
        le=1_000,
        option="receivers",
        of="queue",
    )
    FETCHER_MAX_MESSAGES: int = variable(
        "Maximum number of messages per receive call", 10, ge=1, le=MAX_BATCH, option="max_messages", of="queue"
    )
    FETCHER_WAIT_TIME: Seconds = variable(
        "How long a receive call waits for messages (long poll)",
        20.0,
        ge=0,
        le=MAX_WAIT,
        option="wait_time",
        of="queue",
    )
    FETCHER_INTERVAL: Seconds = variable(
        "Pause between receive calls", 0.0, ge=0, le=HALF_DAY, option="interval", of="queue"
    )

    VISIBILITY_TIMEOUT: Seconds = variable(
        "How long SQS hides a received message. sqsd extends it while the job runs: it may be shorter than "
        "`INVOKER_TIMEOUT`",
        60.0,
        ge=1,
        le=HALF_DAY,
        option="visibility_timeout",
        of="queue",
    )
    ERROR_VISIBILITY_TIMEOUT: Seconds = variable(
        "Delay before the first retry of a failed message. Later delays are random, up to a limit that doubles each "
        "time",
        2.0,
        ge=0,
        le=HALF_DAY,
        option="error_visibility_timeout",
        of="queue",
    )
    ERROR_VISIBILITY_TIMEOUT_MAX: Seconds = variable(
        "Maximum of the retry delay. If it equals `ERROR_VISIBILITY_TIMEOUT`, the delay is fixed, as in EB",
        900.0,
        ge=0,
        le=HALF_DAY,
        validate_default=True,
        option="error_visibility_timeout_max",
        of="queue",
    )
    DRAIN_TIMEOUT: Seconds = variable(
        "How long running jobs may continue after a signal to stop",
        None,
        ge=0,
        le=HALF_DAY,
        validate_default=True,
        shown="`INVOKER_TIMEOUT`",
        option="drain_timeout",
        of="daemon",
    )
