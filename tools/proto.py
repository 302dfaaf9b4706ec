"""Generates the gRPC code of the monitor from proto/; ``--check`` only checks that it is up to date."""

import filecmp
import sys
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from grpc_tools import protoc  # type: ignore[import-untyped]  # ships no types

ROOT = Path(__file__).parent.parent
PACKAGE = Path("sqsd_adapters/monitor/_pb")
GENERATED = ("sqsd_pb2.py", "sqsd_pb2.pyi", "sqsd_pb2_grpc.py")


def generate(destination: Path) -> None:
    """Write the code below ``destination``; the include maps proto/ onto the package for absolute imports."""
    arguments = [
        "protoc",
        f"-I{PACKAGE}={ROOT / 'proto'}",
        f"-I{files('grpc_tools') / '_proto'}",
        f"--python_out={destination}",
        f"--pyi_out={destination}",
        f"--grpc_python_out={destination}",
        str(PACKAGE / "sqsd.proto"),
    ]
    if protoc.main(arguments) != 0:
        sys.exit("proto: protoc failed")


def stale() -> list[str]:
    with TemporaryDirectory() as fresh:
        generate(Path(fresh))
        ours, theirs = ROOT / "src" / PACKAGE, Path(fresh) / PACKAGE
        _, differing, missing = filecmp.cmpfiles(ours, theirs, GENERATED, shallow=False)
    return differing + missing


def main() -> None:
    if sys.argv[1:] != ["--check"]:
        generate(ROOT / "src")
    elif names := stale():
        sys.exit(f"proto: not what proto/ generates: {', '.join(names)}; run make proto")


if __name__ == "__main__":
    main()
