"""What is run: a cell is one candidate under one load, a matrix is a list of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from math import ceil

LATENCIES = ((0, 0), (0, 10), (15, 0), (15, 10))  # ms of SQS, ms of the worker
SLOTS = (1, 16, 64, 256, 1024)
#: messages a second that a candidate may be expected to reach, to choose how many to send
SPEED = {"sqsd": 16_000, "floor": 30_000, "sqs-consumer": 5_000}
PEER_WARM_UP = 15_000  # messages; V8 compiles for as long
FIFO_SPEED = 6_000
SLOW_SPEED = 2_500  # with httpx or aiobotocore on the hot path


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One candidate under one load."""

    #: ``sqsd``, ``floor`` (floor.py) or ``sqs-consumer`` (peers/)
    candidate: str = "sqsd"
    sqs_ms: float = 0
    worker_ms: float = 0
    slots: int = 64
    #: FETCHER_PARALLEL_COUNT
    fetchers: int = 16
    #: queues that feed the one worker and share the messages; several are described by a file
    queues: int = 1
    locker: str = "memory"
    loop: str = "uvloop"
    client: str = "http11"
    sqs_client: str = "short"
    body_bytes: int = 300
    #: PROCESSES
    processes: int = 1
    #: the worker never sleeps, so that no write has to wake it
    busy_worker: bool = False
    #: ms of a round trip to SQS and to the worker, by the system's own emulation of a network
    network_ms: float = 0
    #: message groups of a FIFO queue; 0 is a standard queue
    groups: int = 0
    #: share of the messages that fail once
    failing: float = 0.0
    #: further variables of the daemon, as NAME=VALUE
    extra: tuple[str, ...] = ()
    #: about how long the timed part should take
    seconds: float = 2.0
    #: 0: as many as ``seconds`` want
    exact_messages: int = 0

    @property
    def bound(self) -> float:
        """Messages a second that the worker's latency allows; infinite without any."""
        return self.slots * 1000 / self.worker_ms if self.worker_ms else float("inf")

    @property
    def consumers(self) -> int:
        """Of sqs-consumer, each with ten messages at a time."""
        return ceil(self.slots / 10)

    @property
    def messages(self) -> int:
        """How many are timed; a multiple of ten, so that full batches come out even."""
        slow = self.client != "http11" or self.sqs_client != "short"
        speed = SLOW_SPEED if slow else FIFO_SPEED if self.groups else SPEED[self.candidate]
        return self.exact_messages or max(200, int(min(speed, self.bound) * self.seconds) // 10 * 10)

    @property
    def warm_up(self) -> int:
        """Messages before the timed ones: connections are opened, rates are known, code is specialised."""
        if self.candidate == "sqs-consumer":
            return PEER_WARM_UP
        return min(self.messages, max(1000, 10 * self.slots))

    @property
    def name(self) -> str:
        lanes = [self.locker, self.loop, self.client, self.sqs_client, *self.extra] if self.candidate == "sqsd" else []
        return " ".join(
            [self.candidate, f"{self.sqs_ms:g}/{self.worker_ms:g} ms", f"{self.slots} slots", *lanes, *self.conditions]
        )

    @property
    def conditions(self) -> list[str]:
        """What is unusual about the load."""
        return [
            *([f"{self.queues} queues"] if self.queues > 1 else []),
            *([f"{self.processes} processes"] if self.processes > 1 else []),
            *(["busy worker"] if self.busy_worker else []),
            *([f"{self.network_ms:g} ms of network"] if self.network_ms else []),
            *([f"{self.groups} groups", f"{self.failing:.1%} failing once"] if self.groups else []),
        ]


UVLOOP = Cell()
ASYNCIO = replace(UVLOOP, loop="asyncio")
LATENT = replace(UVLOOP, sqs_ms=15, worker_ms=10, seconds=4.0)
REDIS = replace(UVLOOP, locker="redis")
FLOOR = replace(UVLOOP, candidate="floor")
#: how near to the bound a client comes that does nothing else
FLOOR_LATENT = replace(LATENT, candidate="floor")
#: seven and 32 consumers, each of ten messages; the better one counts
PEERS = tuple(replace(UVLOOP, candidate="sqs-consumer", slots=slots) for slots in (70, 320))
HTTPX = replace(UVLOOP, client="httpx")
AIOBOTOCORE = replace(UVLOOP, sqs_client="aiobotocore")
#: long enough that the back-off of the last failures is a small part of the time
FIFO = replace(LATENT, groups=5_000, seconds=15.0, extra=("ERROR_VISIBILITY_TIMEOUT_MAX=2s",))
FIFO_FAILING = replace(FIFO, failing=0.01)
#: the cells that the targets and the chart are about; run several times in turn, the median counts
HEADLINE = (UVLOOP, FLOOR, ASYNCIO, *PEERS, LATENT, FLOOR_LATENT, REDIS)
#: as the headline cells; the ratio to the floor of the same conditions tells
BUSY = tuple(replace(cell, busy_worker=True) for cell in (UVLOOP, ASYNCIO, FLOOR))
DISTANT = tuple(replace(cell, network_ms=1) for cell in (UVLOOP, ASYNCIO, FLOOR))
LANES = (HTTPX, AIOBOTOCORE)
TWO_PROCESSES = replace(UVLOOP, processes=2)
#: what the history of the last messages costs; it is on in all other cells
WITHOUT_HISTORY = replace(UVLOOP, extra=("HISTORY_SIZE=0",))
#: without latency, from 1 to 1,024 slots, beside the floor with as many
BY_SLOTS = tuple(replace(cell, slots=slots) for slots in SLOTS if slots != UVLOOP.slots for cell in (UVLOOP, FLOOR))


def quick(repeats: int = 1) -> Iterator[Cell]:
    for cell in HEADLINE * repeats:
        yield replace(cell, seconds=cell.seconds / 2)


def full(repeats: int = 3) -> Iterator[Cell]:
    """The cells of targets and charts, interleaved; then FIFO, and every combination once."""
    repeated = (*HEADLINE, *BY_SLOTS, *BUSY, *DISTANT, *LANES, TWO_PROCESSES, WITHOUT_HISTORY)
    yield from repeated * repeats
    yield from (FIFO, FIFO_FAILING)
    before = {cell.name for cell in repeated}
    for (sqs_ms, worker_ms), slots, locker, loop in product(
        LATENCIES, SLOTS, ("memory", "redis"), ("uvloop", "asyncio")
    ):
        cell = Cell(sqs_ms=sqs_ms, worker_ms=worker_ms, slots=slots, locker=locker, loop=loop)
        if cell.name not in before:
            yield cell
