"""``python -m sqsd_adapters.queue.embedded --port 9324 --queue jobs``: the server as a process of its own."""

import argparse
import asyncio
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqsd_adapters.errors import AddressInUse, ConfigurationError
from sqsd_adapters.queue.embedded.engine import Engine
from sqsd_adapters.queue.embedded.errors import SqsError
from sqsd_adapters.queue.embedded.faults import Faults
from sqsd_adapters.queue.embedded.file import QueueFile
from sqsd_adapters.queue.embedded.place import HOME, Place
from sqsd_adapters.queue.embedded.redrive import redrive_to
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs

MAX_PORT = 65_535


def main() -> int:
    """Serve until SIGTERM or SIGINT; prints the address on one line."""
    arguments = _parser().parse_args()
    try:
        with _file(arguments.file) as file:
            asyncio.run(_serve(arguments, file))
    except (AddressInUse, ConfigurationError, SqsError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


async def _serve(arguments: argparse.Namespace, file: QueueFile | None) -> None:
    place = Place(region=arguments.region, account_id=arguments.account)
    server = EmbeddedSqsServer(
        sqs=EmbeddedSqs(place=place, relaxed=arguments.relaxed, file=file),
        faults=Faults(seed=arguments.seed),
        host=arguments.host,
        port=arguments.port,
        cancel_abandoned_polls=arguments.cancel_abandoned_polls,
        allowed_hosts=arguments.allow_host,
    )
    _create_queues(server.sqs.engine, arguments, now=server.sqs.now())
    ended = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, ended.set)
    async with server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        await ended.wait()


def _create_queues(engine: Engine, arguments: argparse.Namespace, *, now: float) -> None:
    for name in arguments.queue:
        engine.create_queue(name, now=now)
    for name, dead_letters, receives in arguments.redrive:
        engine.set_attributes(name, redrive_to(dead_letters, receives, place=engine.place), now=now)


@contextmanager
def _file(path: Path | None) -> Iterator[QueueFile | None]:
    if path is None:
        yield None
        return
    file = QueueFile.open(path)
    try:
        yield file
    finally:
        file.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sqsd_adapters.queue.embedded", description="An SQS for demos, tests and development."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=0, help="0 takes a free one")
    parser.add_argument("--queue", action="append", default=[], metavar="NAME", help="create this queue")
    parser.add_argument(
        "--redrive",
        action="append",
        default=[],
        type=_redrive,
        metavar="QUEUE:DLQ:RECEIVES",
        help="messages of QUEUE that were received so often go to DLQ",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the fault switches' chance")
    parser.add_argument(
        "--file", type=Path, metavar="FILE", help="keep queues and messages in this SQLite file over a restart"
    )
    parser.add_argument("--region", type=_region, default=HOME.region, help="in ARNs (default: %(default)s)")
    parser.add_argument(
        "--account", type=_account, default=HOME.account_id, help="in ARNs and queue URLs (default: %(default)s)"
    )
    parser.add_argument(
        "--relaxed", action="store_true", help="leave out what only hinders development: PurgeQueue works at any time"
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a further name that requests may have in their Host header",
    )
    parser.add_argument(
        "--cancel-abandoned-polls",
        action="store_true",
        help="a receive whose client has gone takes no message, unlike SQS's",
    )
    return parser


def _port(argument: str) -> int:
    if not (argument.isascii() and argument.isdecimal() and int(argument) <= MAX_PORT):
        raise argparse.ArgumentTypeError(f"expected an integer between 0 and {MAX_PORT}")
    return int(argument)


def _redrive(argument: str) -> tuple[str, str, int]:
    if not re.fullmatch(r"[^:]+:[^:]+:[0-9]{1,9}", argument):
        raise argparse.ArgumentTypeError("expected two queues and a number, such as jobs:jobs-dlq:5")
    name, dead_letters, receives = argument.split(":")
    return name, dead_letters, int(receives)


def _region(argument: str) -> str:
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-[0-9]{1,2}", argument):
        raise argparse.ArgumentTypeError("expected a region such as eu-central-1")
    return argument


def _account(argument: str) -> str:
    if not re.fullmatch(r"[0-9]{12}", argument):
        raise argparse.ArgumentTypeError("expected an account id of 12 digits")
    return argument


if __name__ == "__main__":
    sys.exit(main())
