"""One run of the local tier: opens queue, daemon and page, tells where they are, and drains on a signal."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import TYPE_CHECKING

from sqsd_adapters.cli.assembly.checks import check
from sqsd_adapters.cli.dev.assembly import DevAssembly
from sqsd_adapters.cli.dev.banner import block, call_line, exports, greeting, say
from sqsd_adapters.cli.dev.given import Given, check_without_worker, configuration_of, queue_name
from sqsd_adapters.cli.exits import Exit
from sqsd_adapters.cli.lifetime.signals import on_signals
from sqsd_adapters.cli.settings.settings import Settings
from sqsd_adapters.clock.system import SystemClock
from sqsd_adapters.dev.api import Api
from sqsd_adapters.dev.invoker import Tracebacks
from sqsd_adapters.dev.keepsake import Keepsake
from sqsd_adapters.dev.ledger import Ledger
from sqsd_adapters.dev.site import Site
from sqsd_adapters.dev.status import Board
from sqsd_adapters.dev.stream import Stream
from sqsd_adapters.dev.tier import Tier
from sqsd_adapters.dev.torture import Torture
from sqsd_adapters.queue.embedded.faults import Faults
from sqsd_adapters.queue.embedded.file import QueueFile
from sqsd_adapters.queue.embedded.server import EmbeddedSqsServer
from sqsd_adapters.queue.embedded.sqs import EmbeddedSqs
from sqsd_adapters.queue.embedded.stored import Sending

if TYPE_CHECKING:
    from sqsd_adapters.dev.worker_watch import WorkerWatch
    from sqsd_core import Daemon

HELLO = '{"hello": "world"}'
CALLABLES = "sqsd_adapters.invoker.callable"  # the logger that has the tracebacks of Python callables


class Session:
    """Without a worker there is no daemon: the queue and the page serve consumers of the user's own."""

    def __init__(self, *, given: Given, keepsake: Keepsake, file: QueueFile | None) -> None:
        self._given, self._keepsake = given, keepsake
        clock = SystemClock()
        ledger = Ledger(clock=clock)
        sqs = EmbeddedSqs(clock=clock, relaxed=True, file=file, journal=ledger)
        self._tier = Tier(sqs=sqs, faults=Faults(), ledger=ledger, clock=clock)
        # a consumer that its developer restarts must not leave the next message hidden for half a minute
        self._server = EmbeddedSqsServer(
            sqs=sqs, faults=self._tier.faults, port=given.port, cancel_abandoned_polls=True
        )
        self._torture = Torture(tier=self._tier, ledger=ledger)
        self._assembly: DevAssembly | None = None
        self._daemon: Daemon | None = None
        self._watches: list[WorkerWatch] = []
        self._stopped = asyncio.Event()

    async def serve(self) -> int:
        """Open everything, run until a signal, and return the exit code."""
        self._assemble()
        cut_off = 0
        with on_signals(asyncio.get_running_loop(), self._stop), _tracebacks(self._tier.ledger):
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(self._server)
                await self._open_parts(stack)
                site = await stack.enter_async_context(self._site())
                self._greet(site)
                self._send_first()
                cut_off = await self._run()
        unconfirmed = 0 if self._daemon is None else self._daemon.unconfirmed
        say(f"stopped: {cut_off} jobs cut off, {unconfirmed} deletions unconfirmed" if cut_off else "stopped")
        return Exit.CUT if cut_off or unconfirmed else Exit.DONE

    def _assemble(self) -> None:
        if not self._given.has_worker:
            check_without_worker(self._given)
            self._tier.make_queue(queue_name(self._given))
            return
        configuration = configuration_of(self._given, signing_secret=self._keepsake.signing_secret)
        self._assembly = DevAssembly(configuration, tier=self._tier)
        check(self._assembly)
        if self._given.task is not None:
            self._tier.task(self._given.task)  # refused here, before anything listens
        self._daemon = self._assembly.daemon
        self._watches = self._assembly.watches

    async def _open_parts(self, stack: AsyncExitStack) -> None:
        if self._assembly is not None:
            for part in (*self._assembly.queues.values(), *self._assembly.workers.values(), self._assembly):
                stack.push_async_callback(part.close)
                await part.open()

    def _site(self) -> Site:
        tier, ledger = self._tier, self._tier.ledger
        board = Board(
            tier=tier,
            torture=self._torture,
            monitor=self._daemon,
            waiting=lambda: [watch.waiting for watch in self._watches if watch.waiting],
            about=self._about(),
        )
        return Site(
            api=Api(tier=tier, ledger=ledger, torture=self._torture, pause=self._pause),
            stream=Stream(ledger=ledger, tier=tier, state=board),
            token=self._keepsake.token,
            port=self._given.page_port,
        )

    def _about(self) -> dict[str, object]:
        return {"worker": self._worker, "export": self._export, "secret": self._secret or ""}

    @property
    def _settings(self) -> Settings | None:
        return None if self._assembly is None else self._assembly.configuration.settings

    @property
    def _worker(self) -> str:
        if self._assembly is None:
            return "none: connect a consumer of your own"
        shown = [table.settings.shown() for table in self._assembly.configuration.workers.values()]
        return ", ".join(each["INVOKER_URL"] or each["INVOKER"] for each in shown)

    @property
    def _secret(self) -> str | None:
        """The signing secret, where it is ours to show and requests are signed."""
        settings = self._settings
        given = None if settings is None or settings.INVOKER_URL is None else settings.INVOKER_SIGNING_SECRET
        ours = self._keepsake.signing_secret
        return ours if given is not None and given.get_secret_value() == ours else None

    @property
    def _export(self) -> str:
        first = self._tier.queues[0]
        region = self._tier.sqs.engine.place.region
        return block(exports(endpoint=self._server.url, queue_url=self._server.queue_url(first), region=region))

    def _greet(self, site: Site) -> None:
        for line in greeting(page=site.url, worker=self._worker, export=self._export, secret=self._secret):
            say(line)
        self._tier.ledger.on_end = lambda life, call: say(call_line(life, call))

    def _send_first(self) -> None:
        if self._given.hello:
            self._tier.send(self._tier.queues[0], Sending(body=HELLO))
        if self._given.task is not None:
            self._tier.trigger(self._given.task)

    async def _run(self) -> int:
        """Returns how many running jobs the drain cut off."""
        if self._daemon is None:
            await self._stopped.wait()
            return 0
        async with asyncio.TaskGroup() as group:
            watching = [group.create_task(watch.run(), name="worker-watch") for watch in self._watches]
            cut_off = await self._daemon.run()
            for task in watching:
                task.cancel()
        return cut_off

    def _stop(self) -> None:
        """Drain; again, leave at once. No fault keeps the last messages from being deleted."""
        self._tier.clear_faults()
        self._tier.end_polls()
        self._stopped.set()
        if self._daemon is not None:
            running = len(self._daemon.snapshot().tasks)
            if running and not self._daemon.snapshot().draining:
                say(f"waiting for {running} running; press Ctrl-C again to stop at once")
            self._daemon.drain()

    def _pause(self, on: bool) -> None:  # noqa: FBT001 - the API's callback
        if self._daemon is not None:
            if on:
                self._daemon.pause()
            else:
                self._daemon.resume()


@contextmanager
def _tracebacks(ledger: Ledger) -> Iterator[None]:
    """Let the ledger see what Python callables raise."""
    handler = Tracebacks(ledger=ledger)
    logging.getLogger(CALLABLES).addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger(CALLABLES).removeHandler(handler)
