"""The rules between variables: each is checked on the later of the two, so that all problems show at once."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import (
    SecretStr,
    ValidationInfo,
    field_validator,
)

from sqsd_adapters.cli.settings.choices import INVOKERS, SHARED_LOCKERS
from sqsd_adapters.cli.settings.problems import Conflict
from sqsd_adapters.cli.settings.reading import Reading
from sqsd_adapters.cli.values.durations import format_duration
from sqsd_adapters.cli.values.headers import parse_headers
from sqsd_adapters.cli.values.urls import MEMORY_SCHEME, names_redis_database
from sqsd_adapters.monitor.address import is_loopback

#: the later of two durations, of which it must be no less than the former
CAPS = {
    "ERROR_VISIBILITY_TIMEOUT_MAX": "ERROR_VISIBILITY_TIMEOUT",
    "BREAKER_COOLDOWN_MAX": "BREAKER_COOLDOWN",
}

#: the later of two files that only work together
PAIRS = {
    "INVOKER_CLIENT_KEY": "INVOKER_CLIENT_CERT",
    "MONITORING_TLS_KEY": "MONITORING_TLS_CERT",
}

#: the variables that say where a shared lock store is, and the store
ADDRESSES = {name: store for store, names in SHARED_LOCKERS.items() for name in names}
#: what a lock store without its address is answered with
NO_ADDRESS = {
    "redis": "no Redis address configured: set REDIS_LOCKER_HOST or REDIS_LOCKER_URL",
    "sqlite": "no lock file configured: set SQLITE_LOCKER_PATH",
    "dynamodb": "no lock table configured: set DYNAMODB_LOCKER_TABLE",
}


class Rules(Reading):
    """``info.data`` holds the earlier variables, without those that were refused already."""

    @field_validator(*INVOKERS, check_fields=False)
    @classmethod
    def _refuse_two_invokers(cls, value: str | None, info: ValidationInfo) -> str | None:
        others = [name for name in INVOKERS if info.data.get(name) is not None]
        if value is not None and others:
            raise Conflict(f"{others[0]} is also set; remove one of them")
        return value

    @field_validator("INVOKER_ADAPTIVE", check_fields=False)
    @classmethod
    def _refuse_to_adapt_one_slot(cls, value: object, info: ValidationInfo) -> object:
        if value and info.data.get("INVOKER_PARALLEL_COUNT") == 1:
            raise Conflict("INVOKER_PARALLEL_COUNT is 1, which leaves nothing to adapt; set it to more")
        return value

    @field_validator("INVOKER_HEADERS", check_fields=False)
    @classmethod
    def _refuse_two_authorizations(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        url = info.data.get("INVOKER_URL")
        names = [name.lower() for name, _ in parse_headers(value.get_secret_value())] if value is not None else []
        if url is not None and "@" in urlsplit(url).netloc and "authorization" in names:
            raise Conflict("INVOKER_URL contains a user, which sets Authorization; remove one of them")
        return value

    @field_validator(*CAPS, check_fields=False)
    @classmethod
    def _refuse_a_cap_below_what_it_caps(cls, value: float, info: ValidationInfo) -> float:
        capped = CAPS[str(info.field_name)]
        if value < info.data.get(capped, 0.0):
            least = format_duration(info.data[capped])
            raise Conflict(f"is {format_duration(value)}, expected at least the value of {capped}, {least}")
        return value

    @field_validator("INVOKER_IDLE_TIMEOUT", check_fields=False)
    @classmethod
    def _refuse_to_idle_longer_than_the_whole(cls, value: float | None, info: ValidationInfo) -> float | None:
        whole = info.data.get("INVOKER_TIMEOUT")
        if value is not None and whole is not None and value > whole:
            raise Conflict(f"expected at most the value of INVOKER_TIMEOUT, {format_duration(whole)}")
        return value

    @field_validator("INVOKER_BATCH_WINDOW", check_fields=False)
    @classmethod
    def _refuse_to_wait_for_nothing(cls, value: float, info: ValidationInfo) -> float:
        if value and info.data.get("INVOKER_BATCH_SIZE") == 1:
            raise Conflict("INVOKER_BATCH_SIZE is 1; set it to more, or remove INVOKER_BATCH_WINDOW")
        return value

    @field_validator("MESSAGE_PAYLOAD", check_fields=False)
    @classmethod
    def _refuse_payloads_in_batches(cls, value: str, info: ValidationInfo) -> str:
        if value != "none" and info.data.get("INVOKER_BATCH_SIZE", 1) > 1:  # each may have 64 MiB
            raise Conflict("does not work with INVOKER_BATCH_SIZE above 1; remove one of them")
        return value

    @field_validator(*PAIRS, check_fields=False)
    @classmethod
    def _refuse_half_a_pair(cls, value: object, info: ValidationInfo) -> object:
        name = str(info.field_name)
        other = PAIRS[name]
        if other in info.data and (value is None) != (info.data[other] is None):
            raise Conflict(f"{other} and {name} must be set together")
        return value

    @field_validator("PROCESSES", check_fields=False)
    @classmethod
    def _refuse_to_share_an_embedded_queue(cls, value: int, info: ValidationInfo) -> int:
        if value != 1 and info.data.get("QUEUE_URL", "").startswith(f"{MEMORY_SCHEME}:"):
            raise Conflict("QUEUE_URL is a queue in one process; use a queue in SQS, or remove PROCESSES")
        return value

    @field_validator("DRAIN_TIMEOUT", mode="before", check_fields=False)
    @classmethod
    def _drain_as_long_as_a_job_may_take(cls, value: object, info: ValidationInfo) -> object:
        return info.data.get("INVOKER_TIMEOUT", 0.0) if value is None else value

    @field_validator("REDIS_LOCKER_URL", check_fields=False)
    @classmethod
    def _refuse_two_addresses(cls, value: Any, info: ValidationInfo) -> Any:  # noqa: ANN401 - passed through
        if value is not None and info.data.get("REDIS_LOCKER_HOST") is not None:
            raise Conflict("REDIS_LOCKER_HOST is also set; remove one of them")
        return value

    @field_validator("REDIS_LOCKER_DBNAME", "REDIS_LOCKER_KEYNAME", check_fields=False)
    @classmethod
    def _refuse_redis_without_its_address(cls, value: object, info: ValidationInfo) -> object:
        if value is not None and _has_no_address("redis", info.data):
            raise Conflict(NO_ADDRESS["redis"])
        return value

    @field_validator(*ADDRESSES, check_fields=False)
    @classmethod
    def _refuse_two_lock_stores(cls, value: object, info: ValidationInfo) -> object:
        mine = ADDRESSES[str(info.field_name)]
        others = [name for name, store in ADDRESSES.items() if store != mine and info.data.get(name) is not None]
        if value is not None and others:
            raise Conflict(f"{others[0]} is also set; remove one of them")
        return value

    @field_validator("DYNAMODB_LOCKER_CREATE", check_fields=False)
    @classmethod
    def _refuse_to_create_no_table(cls, value: object, info: ValidationInfo) -> object:
        if value and _has_no_address("dynamodb", info.data):
            raise Conflict(NO_ADDRESS["dynamodb"])
        return value

    @field_validator("REDIS_LOCKER_DBNAME", check_fields=False)
    @classmethod
    def _refuse_two_databases(cls, value: int | None, info: ValidationInfo) -> int | None:
        url = info.data.get("REDIS_LOCKER_URL")
        if value is not None and url is not None and names_redis_database(url.get_secret_value()):
            raise Conflict("REDIS_LOCKER_URL also contains a database; remove one of them")
        return value

    @field_validator("LOCKER", mode="before", check_fields=False)
    @classmethod
    def _prefer_the_store_that_has_an_address(cls, value: object, info: ValidationInfo) -> object:
        return next(_configured(info.data), "memory") if value is None else value

    @field_validator("LOCKER", check_fields=False)
    @classmethod
    def _refuse_half_of_a_lock_store(cls, value: str, info: ValidationInfo) -> str:
        if value in SHARED_LOCKERS and _has_no_address(value, info.data):
            raise Conflict(NO_ADDRESS[value])
        for other in _configured(info.data):
            if other != value:
                name = next(name for name in SHARED_LOCKERS[other] if info.data.get(name) is not None)
                raise Conflict(f"{name} is set, which needs LOCKER={other}; remove one of them")
        return value

    @field_validator("LOCKER_REQUIRED", check_fields=False)
    @classmethod
    def _refuse_to_require_nothing(cls, value: object, info: ValidationInfo) -> object:
        if value and info.data.get("LOCKER") == "none":
            raise Conflict("LOCKER=none keeps no locks; set another LOCKER or remove LOCKER_REQUIRED")
        return value

    @field_validator("HISTORY_FILE", check_fields=False)
    @classmethod
    def _refuse_to_keep_no_history(cls, value: object, info: ValidationInfo) -> object:
        if value is not None and info.data.get("HISTORY_SIZE") == 0:
            raise Conflict("HISTORY_SIZE=0 turns the history off; remove one of them")
        return value

    @field_validator("MONITORING_RECEIPTS", mode="before", check_fields=False)
    @classmethod
    def _show_receipts_on_loopback(cls, value: object, info: ValidationInfo) -> object:
        return is_loopback(info.data.get("MONITORING_HOST", "")) if value is None else value

    @field_validator("MONITORING_TLS_CLIENT_CA", check_fields=False)
    @classmethod
    def _refuse_mutual_tls_without_tls(cls, value: object, info: ValidationInfo) -> object:
        if value is not None and info.data.get("MONITORING_TLS_CERT", value) is None:
            raise Conflict("mutual TLS also needs MONITORING_TLS_CERT and MONITORING_TLS_KEY")
        return value


def names_no_invoker(last: str | None, earlier: Mapping[str, object]) -> bool:
    """Whether none of ``INVOKERS`` is set; one that was refused is missing from ``earlier``."""
    return last is None and all(earlier.get(name, "") is None for name in INVOKERS[:-1])


def _configured(earlier: Mapping[str, object]) -> Iterator[str]:
    """The lock stores whose address is set."""
    for store, names in SHARED_LOCKERS.items():
        if any(earlier.get(name) is not None for name in names):
            yield store


def _has_no_address(store: str, earlier: Mapping[str, object]) -> bool:
    # an address that was refused is missing from `earlier`; one complaint is enough
    return all(name in earlier and earlier[name] is None for name in SHARED_LOCKERS[store])
