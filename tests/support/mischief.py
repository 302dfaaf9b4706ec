"""Injects random faults around daemons, from a seed, and removes them again."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random

from sqsd_adapters.queue.embedded.faults import Fault, FaultKind
from tests.support.fault_proxy import BLACK_HOLE, End, FaultProxy, cut, delay
from tests.support.fleet import Fleet, send
from tests.support.ledger import Attempt
from tests.support.recording_worker import Job, hang
from tests.support.redis_server import RedisServer
from tests.support.stage import DELETE, POLL, Stage

SHORT, LONG = 0.1, 1.5  # seconds that a fault lasts
CALM = 0.5  # seconds between two faults of one kind, at most
FROZEN = 4.0  # seconds: a daemon sleeps through its leases
EXTEND = "ChangeMessageVisibilityBatch"

Trouble = Callable[[], Awaitable[None]]


class Mischief:
    """Troubles daemons, the worker, SQS and, where there is one, Redis, all at once and each at its own pace."""

    def __init__(
        self, *, stage: Stage, fleet: Fleet, redis: RedisServer | None = None, seed: int, duplicates: bool
    ) -> None:
        self._stage = stage
        self._fleet = fleet
        self._redis = redis
        self._random = Random(seed)
        self._duplicates = duplicates
        #: what was done, for the reader of a failure
        self.done: list[str] = []

    async def run(self, seconds: float) -> None:
        """Inject faults for a number of seconds, then remove them all."""
        ends = asyncio.get_running_loop().time() + seconds
        async with asyncio.TaskGroup() as group:
            for name, troubles in self._lanes.items():
                group.create_task(self._lane(name, troubles, ends), name=name)

    @property
    def _lanes(self) -> Mapping[str, Sequence[Trouble]]:
        redis = self._redis
        lanes = {
            "daemons": [self._kill, self._drain, self._hurry, self._freeze_daemon],
            "worker": [lambda: self._break(self._stage.worker_proxy)],
            "sqs": [self._trouble_sqs, self._trouble_sqs, lambda: self._break(self._stage.sqs_proxy)],
        }
        if redis is not None:
            lanes["redis"] = [lambda: self._freeze(redis), lambda: self._restart(redis)]
        return lanes

    async def _lane(self, name: str, troubles: Sequence[Trouble], ends: float) -> None:
        while asyncio.get_running_loop().time() < ends:
            await asyncio.sleep(self._random.uniform(0.0, CALM))
            self.done.append(name)
            await self._random.choice(troubles)()

    async def _kill(self) -> None:
        if daemon := self._fleet.pick(self._random):
            send(daemon, signal.SIGKILL)

    async def _drain(self) -> None:
        if daemon := self._fleet.pick(self._random):
            send(daemon, signal.SIGTERM)

    async def _hurry(self) -> None:
        if daemon := self._fleet.pick(self._random):
            send(daemon, signal.SIGTERM)
            await self._while()
            send(daemon, signal.SIGTERM)

    async def _freeze_daemon(self) -> None:
        if daemon := self._fleet.pick(self._random):
            send(daemon, signal.SIGSTOP)
            try:
                await asyncio.sleep(self._random.uniform(SHORT, FROZEN))
            finally:
                send(daemon, signal.SIGCONT)

    async def _break(self, proxy: FaultProxy) -> None:
        passes = self._random.choice([0, 1, self._random.randrange(400)])
        lane = self._random.choice(
            [cut(passes, End.RESET), cut(passes), cut(passes, End.HALF_CLOSE), BLACK_HOLE, delay(0.2)]
        )
        match self._random.choice(["refuse", "reset", "to_server", "to_client"]):
            case "refuse":
                await proxy.refuse()
            case "reset":
                await proxy.reset()
            case direction:
                setattr(proxy, direction, lane)
        await self._while()
        proxy.clear()
        await proxy.reset()  # what fell silent stays so
        await proxy.accept()

    async def _trouble_sqs(self) -> None:
        kinds = [*FAILURES, *([FaultKind.DUPLICATE] if self._duplicates else [])]
        operations = [POLL, DELETE, EXTEND, None]
        self._stage.faults.add(
            Fault(
                kind=self._random.choice(kinds),
                operation=self._random.choice(operations),
                probability=self._random.choice([0.3, 1.0]),
                seconds=self._random.uniform(0.0, 0.5),
                fraction=0.5,
            )
        )
        await self._while()
        self._stage.faults.clear()

    async def _freeze(self, redis: RedisServer) -> None:
        redis.freeze()
        await self._while()
        redis.thaw()

    async def _restart(self, redis: RedisServer) -> None:
        await redis.kill()
        await self._while()
        await redis.start()

    async def _while(self) -> None:
        await asyncio.sleep(self._random.uniform(SHORT, LONG))


FAILURES = (
    FaultKind.REQUEST_THROTTLED,
    FaultKind.SERVER_ERROR,
    FaultKind.RESET,
    FaultKind.LOSE_ANSWER,
    FaultKind.FAIL_ENTRIES,
    FaultKind.DELAY,
)


def moody(random: Random, *, poison: str) -> Job:
    """A job that mostly succeeds; what begins with ``poison`` never does."""

    async def job(attempt: Attempt) -> int:
        if attempt.body.startswith(poison):
            return 500
        match random.choices(["well", "badly", "away", "slowly", "never"], weights=[80, 10, 4, 4, 2])[0]:
            case "badly":
                return random.choice([404, 429, 500])
            case "away":
                return random.choice([502, 503])
            case "slowly":
                await asyncio.sleep(random.uniform(0.5, 2.5))
            case "never":
                return await hang(attempt)
            case _:
                await asyncio.sleep(random.uniform(0.0, 0.05))
        return 200

    return job
