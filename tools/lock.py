"""Checks without a network that the locks answer pyproject.toml: all pinned, in range, with hashes."""

import re
import sys
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
RUN_EXTRAS = ("redis", "fast")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
WITHOUT_HASH = re.compile(r"^[^\s#](?:.*[^\\\n])?$", re.MULTILINE)


def wanted() -> dict[str, list[Requirement]]:
    """What each lock must pin."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    base = pyproject["project"]["dependencies"]
    extras = pyproject["project"]["optional-dependencies"]
    texts = {
        "dev.txt": chain(base, *extras.values()),
        "run.txt": chain(base, *(extras[extra] for extra in RUN_EXTRAS)),
        "build.txt": pyproject["build-system"]["requires"],
        "docs.txt": ["zensical"],
    }
    return {lock: [Requirement(text) for text in texts[lock]] for lock in texts}


def pins(lock: str) -> dict[str, str]:
    return {canonicalize_name(name): version for name, version in PIN.findall(lock)}


def problems(name: str, requirements: list[Requirement]) -> Iterator[str]:
    lock = (ROOT / "requirements" / name).read_text()
    if "://" in lock:
        yield f"{name} holds an address"
    if bare := WITHOUT_HASH.search(lock):
        yield f"{name} has a line without a hash: {bare.group()}"
    pinned = pins(lock)
    for requirement in requirements:
        version = pinned.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            yield f"{name} pins {requirement.name} at {version}, pyproject.toml wants '{requirement}'"


def main() -> None:
    found = [problem for name, requirements in wanted().items() for problem in problems(name, requirements)]
    if found:
        sys.exit("\n".join(["lock: run make lock", *found]))


if __name__ == "__main__":
    main()
