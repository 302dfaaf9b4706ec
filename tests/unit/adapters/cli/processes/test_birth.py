"""What a process is born with."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sqsd_adapters.cli.processes.birth import Birth
from sqsd_adapters.cli.settings.kept_files import KeptFiles

FILES = KeptFiles({"sqsd.toml": "log_level"})


def reading(text: str) -> Iterator[int]:
    """A pipe that says so and ends."""
    read, write = os.pipe()
    os.write(write, text.encode())
    os.close(write)
    try:
        yield read
    finally:
        os.close(read)


def test_what_the_parent_has_accepted_is_read_once() -> None:
    for pipe in reading(FILES.encoded()):
        assert Birth.files(pipe).read(Path("sqsd.toml")) == b"log_level"
        assert os.path.samestat(os.fstat(pipe), Path(os.devnull).stat())


def test_a_parent_that_ends_before_it_has_said_all_is_noticed() -> None:
    for pipe in reading(FILES.encoded()[:-3]):
        with pytest.raises(ValueError, match="Expecting"):
            Birth.files(pipe)
