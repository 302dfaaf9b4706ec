"""Checks without a network that the locks are complete: pinned, in range, with hashes, and closed.

Closed means that no package of a lock needs a package that the lock lacks, on each supported Python and platform. The
set-up installs without pip's resolver, so nothing else would find a gap before the first import fails. The metadata
comes from the installed packages, since ``dev.txt`` contains the packages of all locks.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from itertools import chain, product
from pathlib import Path
from typing import NamedTuple

from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
RUN_EXTRAS = ("redis", "fast", "cron")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)(?: ; (.*?))? *\\?$", re.MULTILINE)
Environment = dict[str, str]
WITHOUT_HASH = re.compile(r"^[^\s#](?:.*[^\\\n])?$", re.MULTILINE)
PYTHONS = ("3.11.0", "3.11.15", "3.12.13", "3.13.11", "3.14.3")
PLATFORMS = (("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt"))
#: needed on other Pythons or platforms only, so they may not be installed here; none of them needs anything
LEAVES = {"async-timeout", "colorama", "pywin32"}


class Pin(NamedTuple):
    """One line of a lock."""

    name: str
    version: str
    marker: Marker | None


def wanted() -> dict[str, list[Requirement]]:
    """What each lock must pin."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    base = pyproject["project"]["dependencies"]
    extras = pyproject["project"]["optional-dependencies"]
    texts = {
        "dev.txt": chain(base, *extras.values()),
        "run.txt": chain(base, *(extras[extra] for extra in RUN_EXTRAS)),
        "build.txt": pyproject["build-system"]["requires"],
    }
    return {lock: [Requirement(text) for text in texts[lock]] for lock in texts}


def pins(lock: str) -> list[Pin]:
    return [
        Pin(canonicalize_name(name), version, Marker(marker) if marker else None)
        for name, version, marker in PIN.findall(lock)
    ]


def environments() -> Iterator[Environment]:
    for python, (platform, system, os_name) in product(PYTHONS, PLATFORMS):
        yield {
            **{key: str(value) for key, value in default_environment().items()},
            "python_full_version": python,
            "python_version": python.rpartition(".")[0],
            "implementation_version": python,
            "sys_platform": platform,
            "platform_system": system,
            "os_name": os_name,
            "extra": "",
        }


def needs(pin: Pin, extras: Iterable[str], environment: Environment) -> Iterator[Requirement]:
    """What the package itself asks for there.

    Raises:
        PackageNotFoundError: it is not installed, or not at the version that the lock has for this interpreter.

    """
    found = distribution(pin.name)
    if found.version != pin.version and (pin.marker is None or pin.marker.evaluate()):
        raise PackageNotFoundError(pin.name)
    chosen: list[Environment] = [{**environment, "extra": extra} for extra in ("", *extras)]
    for requirement in map(Requirement, found.requires or ()):
        if requirement.marker is None or any(requirement.marker.evaluate(each) for each in chosen):
            yield requirement


def gaps(lock: list[Pin], roots: list[Requirement], environment: Environment) -> Iterator[str]:
    """Follow the requirements from the roots, extras included."""
    active = {pin.name: pin for pin in lock if pin.marker is None or pin.marker.evaluate(environment)}
    seen: set[tuple[str, frozenset[str]]] = set()
    todo = [("pyproject.toml", root) for root in roots]
    while todo:
        asking, requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        key = (name, frozenset(requirement.extras))
        pin = active.get(name)
        if pin is None or not requirement.specifier.contains(pin.version, prereleases=True):
            yield f"{asking} needs '{requirement}', the lock has {pin.version if pin else 'none'}"
        elif name not in LEAVES and key not in seen:
            seen.add(key)
            try:
                todo += [(name, needed) for needed in needs(pin, requirement.extras, environment)]
            except PackageNotFoundError:
                yield f"{name}=={pin.version} is not installed, so its requirements are not known; run make setup"


def problems(name: str, requirements: list[Requirement]) -> Iterator[str]:
    text = (ROOT / "requirements" / name).read_text()
    if "://" in text:
        yield f"{name} holds an address"
    if bare := WITHOUT_HASH.search(text):
        yield f"{name} has a line without a hash: {bare.group()}"
    lock = pins(text)
    for environment in environments():
        where = f"{name}, Python {environment['python_full_version']}, {environment['sys_platform']}"
        for gap in gaps(lock, requirements, environment):
            yield f"{where}: {gap}"


def main() -> None:
    found = [problem for name, requirements in wanted().items() for problem in problems(name, requirements)]
    if found:
        sys.exit("\n".join(["lock: run make lock", *found[:20]]))


if __name__ == "__main__":
    main()
