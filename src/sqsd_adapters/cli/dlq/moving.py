"""SQS's own move task: started, watched and cancelled."""

import asyncio
import json

import typer

from sqsd_adapters.cli.dlq.copying import whole
from sqsd_adapters.cli.dlq.shown import count
from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.terminal import complain
from sqsd_adapters.errors import ConfigurationError
from sqsd_adapters.printable import printable
from sqsd_adapters.queue.sqs.queues import Move, Queues, name_of
from sqsd_adapters.queue.sqs.refusal import Refusal
from sqsd_core.errors import QueueUnavailable

POLL = 1.0  # seconds
PATIENCE = 60  # looks in a row at the task that SQS does not answer


class Moving:
    """The move task of one dead-letter queue; SQS runs one at a time."""

    def __init__(self, *, queues: Queues, url: str) -> None:
        self._queues = queues
        self._url = url
        self._name = name_of(url)
        #: of the task that was started
        self._handle = ""

    async def run(self, *, to: str | None, rate: int | None, wait: bool, as_json: bool) -> int:
        """Start it and wait for its end; Ctrl-C cancels it."""
        source = await self._arn_of(self._url)
        destination = None if to is None else await self._arn_of(to)
        try:
            await whole(self._start(source, destination, rate))
            if not wait:
                complain(f"SQS moves the messages of {self._name}; `sqsd dlq redrive --cancel` ends it")
                return Exit.DONE
            move = await self._ended(source)
        except asyncio.CancelledError:
            await self._queues.cancel_move(self._handle)
            complain(f"cancelled; what was moved from {self._name} stays moved, the rest is still there")
            raise
        return self._report(move, as_json=as_json)

    async def cancel(self) -> int:
        """Cancel the task that runs; raises ConfigurationError where there is none."""
        moves = await self._queues.moves(await self._arn_of(self._url))
        running = next((move for move in moves if move.is_running and move.handle), None)
        if running is None or running.handle is None:
            raise ConfigurationError(f"no move task runs on {self._name}")
        await self._queues.cancel_move(running.handle)
        complain(f"cancelled after {count(running.moved)}; what was moved stays moved")
        return Exit.DONE

    async def _start(self, source: str, destination: str | None, rate: int | None) -> None:
        try:
            self._handle = await self._queues.start_move(source, destination_arn=destination, rate=rate)
        except Refusal as refusal:
            if refusal.is_unknown:
                raise ConfigurationError(f"{refusal}; use --copy, which sends the messages one by one") from None
            raise
        except QueueUnavailable as error:
            raise QueueUnavailable(f"{error}; an emulator without move tasks needs --copy") from None

    async def _ended(self, source: str) -> Move:
        said = -1
        while True:
            move = await self._latest(source)
            if not move.is_running:
                return move
            if move.moved != said:
                said = move.moved
                complain(f"{count(said)} moved" + ("" if move.total is None else f" of about {move.total:,}"))
            await asyncio.sleep(POLL)

    async def _latest(self, source: str) -> Move:
        """The task, asked for again where SQS does not answer or does not show it yet: it goes on meanwhile."""
        reason = "SQS does not show the move task"
        for _ in range(PATIENCE):
            try:
                if moves := await self._queues.moves(source):
                    return moves[0]
            except QueueUnavailable as error:
                reason = str(error)
            await asyncio.sleep(POLL)
        raise QueueUnavailable(f"{reason}; the move task goes on, and `sqsd dlq redrive --cancel` ends it")

    def _report(self, move: Move, *, as_json: bool) -> int:
        done = move.status == "COMPLETED"
        if as_json:
            typer.echo(json.dumps({"status": move.status, "moved": move.moved, "failure": move.failure}))
        elif done:
            complain(f"{count(move.moved)} moved from {self._name}")
        else:
            reason = printable(move.failure or "no reason given")
            complain(f"the move task is {move.status} after {count(move.moved)}: {reason}")
        return Exit.DONE if done else Exit.CRASH

    async def _arn_of(self, url: str) -> str:
        return (await self._queues.attributes(url))["QueueArn"]
