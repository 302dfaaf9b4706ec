"""Runs a fuzz target under atheris, guided by coverage: `python -m tests.fuzz.run TARGET [libFuzzer's arguments]`.

atheris is no dependency of the project. In an environment of its own, from the repository's root::

    python3.11 -m venv build/fuzz-venv
    build/fuzz-venv/bin/pip install atheris h11 hypothesis -e .
    mkdir -p build/corpus/answer
    build/fuzz-venv/bin/python -m tests.fuzz.run answer build/corpus/answer -max_total_time=600

TARGET is ``answer``, ``wire`` or ``settings``: a module ``fuzz_TARGET`` with ``check(data)``, which raises where a
property does not hold, and ``SEEDS``. An input that fails is written as ``crash-*``; pass its name to see it again.
What was found is a plain test beside the code it concerns.
"""

import importlib
import sys
from pathlib import Path


def main(arguments: list[str]) -> None:
    import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore] # noqa: PLC0415 - not in the project's environment

    program, target, *options = arguments
    with atheris.instrument_imports(include=["sqsd_adapters", "sqsd_core", "h11"]):
        module = importlib.import_module(f"tests.fuzz.fuzz_{target}")
    for folder in (Path(option) for option in options):
        if folder.is_dir():
            for number, seed in enumerate(module.SEEDS):
                (folder / f"seed-{number}").write_bytes(seed)
    atheris.Setup([program, *options], module.check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
