"""The variables of locks: how long they last, and where they are kept."""

from sqsd_adapters.cli.settings.choices import BUILT_IN_LOCKERS
from sqsd_adapters.cli.settings.declared.limits import YEAR
from sqsd_adapters.cli.settings.declared.receiving import ReceivingVariables
from sqsd_adapters.cli.settings.kinds import Address, Locker, LockFile, RedisUrl, Seconds, TableName, Word
from sqsd_adapters.cli.settings.variables import variable


class LockVariables(ReceivingVariables):
    """Those before, and the locks."""

    LOCK_EXPIRE: Seconds = variable(
        "How long sqsd remembers that a message is done, so that a duplicate is deleted and not run",
        86_400.0,
        gt=0,
        le=YEAR,
        option="lock_expire",
        of="queue",
    )
    UNLOCK_INTERVAL: Seconds = variable(
        "How often expired locks are removed", 60.0, gt=0, le=YEAR, option="unlock_interval", of="queue"
    )
    REDIS_LOCKER_HOST: Address | None = variable(
        "Address of Redis for locks that several daemons share: `host:port`", None
    )
    REDIS_LOCKER_URL: RedisUrl | None = variable(
        "URL of Redis, instead of `REDIS_LOCKER_HOST`: `redis://`, `rediss://` (TLS) or `unix://`; may hold a password",
        None,
    )
    REDIS_LOCKER_DBNAME: int | None = variable(
        "Number of the Redis database for locks", None, ge=0, le=1_000_000, shown="`0`"
    )
    REDIS_LOCKER_KEYNAME: Word | None = variable("Prefix of the lock keys in Redis", None, shown="`sqsd`")
    SQLITE_LOCKER_PATH: LockFile | None = variable(
        "File of the locks that the daemons of one host share. Its directory must exist and be on a local disk", None
    )
    DYNAMODB_LOCKER_TABLE: TableName | None = variable("DynamoDB table of the locks that several daemons share", None)
    DYNAMODB_LOCKER_CREATE: bool = variable(
        "Create `DYNAMODB_LOCKER_TABLE` at start if it does not exist", default=False
    )
    LOCKER: Locker = variable(
        f"Where locks are kept: {', '.join(f'`{name}`' for name in BUILT_IN_LOCKERS)}, or the name of an installed "
        "extension",
        None,
        validate_default=True,
        shown="`memory`, or the store whose address is set",
    )
    LOCKER_REQUIRED: bool = variable(
        "Whether sqsd stops receiving while the lock store cannot be reached. `false`: it continues without locks",
        default=False,
        option="locker_required",
        of="queue",
    )
