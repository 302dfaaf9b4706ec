"""What QUEUE_URL, INVOKER, LOCKER and OBSERVERS accept: what is built in, or the name of an installed extension."""

import re

from sqsd_adapters.cli.settings.entry_points import Group, check_installed
from sqsd_adapters.cli.values.urls import BUILT_IN_SCHEMES, check_queue_url

#: the variables of which one names what runs the jobs, in the order of their declarations
INVOKERS = ("INVOKER_URL", "INVOKER")
#: the lock stores that several daemons can share, and the variables that say where each of them is
SHARED_LOCKERS = {
    "sqlite": ("SQLITE_LOCKER_PATH",),
    "redis": ("REDIS_LOCKER_HOST", "REDIS_LOCKER_URL"),
    "dynamodb": ("DYNAMODB_LOCKER_TABLE",),
}
#: lock stores that need no extension
BUILT_IN_LOCKERS = ("memory", *SHARED_LOCKERS, "none")

_ATTRIBUTE = re.compile(r"\w+(\.\w+)*:\w+(\.\w+)*")
_NAME = re.compile(r"[\w-]+", re.ASCII)


def check_queue(url: str) -> None:
    scheme, separator, _ = url.partition("://")
    if separator and scheme.lower() not in BUILT_IN_SCHEMES:
        check_installed(Group.QUEUES, scheme.lower())
    else:
        check_queue_url(url)


def check_invoker(text: str) -> None:
    if _NAME.fullmatch(text):
        check_installed(Group.INVOKERS, text.lower())
    elif not _ATTRIBUTE.fullmatch(text):
        raise ValueError("not the path of an attribute")


def check_locker(text: str) -> None:
    if text not in BUILT_IN_LOCKERS:
        check_installed(Group.LOCK_STORES, text)


def listed(text: str) -> list[str]:
    """The names of a list with commas."""
    return [name for part in text.split(",") if (name := part.strip())]


def check_observers(text: str) -> None:
    for name in listed(text):
        check_installed(Group.OBSERVERS, name)
