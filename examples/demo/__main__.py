"""Runs the demo; exits with 0 only if every claim was true."""

import asyncio
import signal
import sys

from rich.console import Console

from examples.demo.acts import ACTS
from examples.demo.cast import open_stage
from examples.demo.screen import Screen
from examples.demo.stage import Disproved

INTERRUPTED = 130  # as in shells: 128 + SIGINT


async def play(screen: Screen) -> None:
    """Run all acts on one stage, and stop its processes at the end, also after an error."""
    leave_on_sigterm()
    async with open_stage(screen) as stage:
        for act in ACTS:
            await act(stage, screen)


def leave_on_sigterm() -> None:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


def main() -> int:
    screen = Screen(Console(highlight=False))
    try:
        asyncio.run(play(screen))
    except Disproved as error:
        screen.disproved(str(error))
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        screen.interrupted()
        return INTERRUPTED
    screen.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
