"""``python -m sqsd_adapters.queue.embedded --port 9324 --queue jobs``: the server as a process of its own."""

import argparse
import asyncio
import signal
import sys

from sqsd_adapters.errors import AddressInUse
from sqsd_adapters.queue.embedded.errors import SqsError
from sqsd_adapters.queue.embedded.faults import Faults
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from sqsd_adapters.queue.embedded.settings import redrive_to


def main() -> int:
    """Serve until SIGTERM or SIGINT; prints the address on one line."""
    arguments = _parser().parse_args()
    try:
        asyncio.run(_serve(arguments))
    except (AddressInUse, SqsError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


async def _serve(arguments: argparse.Namespace) -> None:
    server = EmbeddedSqsServer(
        faults=Faults(seed=arguments.seed),
        host=arguments.host,
        port=arguments.port,
        cancel_abandoned_polls=arguments.cancel_abandoned_polls,
    )
    engine, now = server.sqs.engine, server.sqs.now()
    for name in arguments.queue:
        engine.create_queue(name, now=now)
    for name, dead_letters, receives in arguments.redrive:
        engine.set_attributes(name, redrive_to(dead_letters, receives), now=now)
    ended = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, ended.set)
    async with server:
        sys.stdout.write(f"{server.url}\n")
        sys.stdout.flush()
        await ended.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sqsd_adapters.queue.embedded", description="An SQS for demos and tests, in memory."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
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
        "--cancel-abandoned-polls",
        action="store_true",
        help="a receive whose client has gone takes no message, unlike SQS's",
    )
    return parser


def _redrive(argument: str) -> tuple[str, str, int]:
    name, dead_letters, receives = argument.split(":")
    return name, dead_letters, int(receives)


if __name__ == "__main__":
    sys.exit(main())
