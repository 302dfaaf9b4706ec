"""Whether S3 can be used for the bodies of messages: it answers, and each right where a bucket is named."""

from typing import Any

from sqsd_adapters.cli.assembly.arguments import lazy, queue_region
from sqsd_adapters.cli.checking.finding import Finding, ok, stop, warn
from sqsd_adapters.cli.settings.selections import cleaner_kind
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.invoker.envelope.errors import AccessDenied, ObjectGone, StoreUnavailable
from sqsd_adapters.invoker.envelope.s3_pointer import Pointer
from sqsd_core.errors import SqsdError

NO_KEY = "sqsd-check/no-such-object"
AWAY = "check the network, the credentials and AWS_ENDPOINT_URL_S3"


async def check_bodies(settings: Settings, *, bucket: str | None) -> list[Finding]:
    """Ask S3 for an object that does not exist in the ``bucket``; without a bucket, ask whether it answers."""
    store: Any = lazy("invoker.envelope.s3:S3Store")(clock=SystemClock(), region=queue_region(settings), connections=1)
    async with store:
        try:
            if bucket is None:
                await store.ask(None)
                return [ok("S3", "it answers; --payload-bucket BUCKET tries the rights as well")]
            return await _rights(store, bucket, deletes=cleaner_kind(settings) != "off")
        except StoreUnavailable as error:
            why = f"{error}: while that lasts, the daemon receives nothing"
            return [stop("S3", why, AWAY)]


async def _rights(store: Any, bucket: str, *, deletes: bool) -> list[Finding]:  # noqa: ANN401 - an S3Store
    found = [await _reading(store, bucket)]
    if deletes:
        found.append(await _deleting(store, bucket))
    return found


async def _reading(store: Any, bucket: str) -> Finding:  # noqa: ANN401 - as above
    try:
        await store.read(Pointer(bucket, NO_KEY), limit=1)
    except ObjectGone as error:
        if "bucket" in str(error):
            return stop("S3: reading", str(error), "correct the name of the bucket, or create it")
    except AccessDenied as error:
        # S3 denies what does not exist as well where s3:ListBucket is missing
        why = f"{error}, or s3:ListBucket, without which S3 does not say that an object is gone"
        return stop(
            "S3: reading", why, f"allow s3:GetObject on arn:aws:s3:::{bucket}/* and s3:ListBucket on the bucket"
        )
    except StoreUnavailable:
        raise
    except SqsdError as error:
        return warn("S3: reading", str(error), "see S3's list of error codes for what it means")
    return ok("S3: reading", f"bodies in the bucket {bucket} can be fetched")


async def _deleting(store: Any, bucket: str) -> Finding:  # noqa: ANN401 - as above
    try:
        refused = await store.delete(bucket, [NO_KEY])
    except StoreUnavailable:
        raise
    except SqsdError as error:
        refused = {NO_KEY: error}
    if not refused:
        return ok("S3: deleting", f"bodies in the bucket {bucket} can be deleted")
    hurts = f"{refused[NO_KEY]}: bodies stay in S3"
    return warn("S3: deleting", hurts, f"allow s3:DeleteObject on arn:aws:s3:::{bucket}/*, or set MESSAGE_PAYLOAD=s3")
