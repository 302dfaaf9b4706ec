"""Compares the results of a session with the targets of the project."""

from dataclasses import dataclass, replace

from benchmarks.endurance import Idle
from benchmarks.results import Measurement, Session
from benchmarks.scenario import ASYNCIO, FIFO, FIFO_FAILING, FLOOR_LATENT, LATENT, PEER, REDIS, SLOTS, UVLOOP


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One line of the table of targets."""

    name: str
    wanted: str
    shown: str
    met: bool


def targets(session: Session, idle: Idle | None) -> list[Target]:
    """Compare each measurement with its target; a cell that did not run has no line."""
    lines = [
        _cpu(session.find(UVLOOP), "64 slots, no latency, uvloop", 50),
        _cpu(session.find(ASYNCIO), "64 slots, no latency, asyncio", 60),
        _peer(session),
        _latent(session.find(LATENT), session.find(FLOOR_LATENT)),
        _calls(session.find(UVLOOP)),
        _memory(session.find(UVLOOP)),
        _growth(session),
        *_redis(session),
        _fifo(session),
        *_idle(idle),
        _sound(session),
    ]
    return [line for line in lines if line]


def _cpu(measured: Measurement | None, name: str, limit: float) -> Target | None:
    if not measured:
        return None
    met = measured.cpu_us <= limit
    return Target(name=f"CPU a message: {name}", wanted=f"≤ {limit:g} µs", shown=f"{measured.cpu_us:.1f} µs", met=met)


def _peer(session: Session) -> Target | None:
    # Of the peers only sqs-consumer runs here. In an earlier measurement of this project the fastest one,
    # a Go daemon, took 124 µs and the floor 22 µs: 5.6 floors. 2.5 times as fast is 2.25 floors.
    ours, peer = session.find(UVLOOP), session.find(PEER)
    if not (ours and peer):
        return None
    ratio = ours.per_second / peer.per_second
    return Target(
        name="Messages/s against sqs-consumer in this run",
        wanted="≥ 2.5 x",
        shown=f"{ratio:.1f} x ({peer.cpu_us / ours.cpu_us:.1f} x by CPU)",
        met=ratio >= 2.5,
    )


def _latent(measured: Measurement | None, floor: Measurement | None) -> Target | None:
    if not measured:
        return None
    share = measured.share_of_bound
    beside = f"; the floor {floor.share_of_bound:.1%}" if floor else ""
    return Target(
        name="15 ms SQS, 10 ms worker, 64 slots, 16 receives",
        wanted=f"≥ 95 % of {measured.bound:,.0f}/s",
        shown=f"{share:.1%} ({measured.per_second:,.0f}/s{beside})",
        met=share >= 0.95,
    )


def _calls(measured: Measurement | None) -> Target | None:
    if not measured:
        return None
    calls = measured.calls_per_message
    return Target(name="SQS calls a message, busy", wanted="≤ 0.21", shown=f"{calls:.4f}", met=calls <= 0.21)


def _memory(measured: Measurement | None) -> Target | None:
    if not measured:
        return None
    peak = measured.peak_mib
    return Target(name="Peak RSS, 64 slots", wanted="≤ 85 MiB", shown=f"{peak:.0f} MiB", met=peak <= 85)


def _growth(session: Session) -> Target | None:
    by_slots = [session.find(replace(UVLOOP, slots=slots)) for slots in SLOTS]
    costs = [measured.cpu_us for measured in by_slots if measured]
    if len(costs) < len(SLOTS):
        return None
    # compared with the cheapest smaller number of slots, because one slot is expensive
    growth = max(many / min(costs[:place]) - 1 for place, many in enumerate(costs) if place)
    return Target(
        name="CPU a message from 1 to 1,024 slots", wanted="grows < 20 %", shown=f"{growth:+.0%}", met=growth < 0.2
    )


def _redis(session: Session) -> list[Target]:
    without, with_redis = session.find(UVLOOP), session.find(REDIS)
    if not (without and with_redis):
        return []
    more = with_redis.cpu_us - without.cpu_us
    speed = with_redis.per_second
    return [
        Target(name="Redis lock: CPU a message", wanted="≤ 60 µs more", shown=f"{more:+.1f} µs", met=more <= 60),
        Target(name="Redis lock: messages/s", wanted="≥ 8,000", shown=f"{speed:,.0f}", met=speed >= 8000),
    ]


def _fifo(session: Session) -> Target | None:
    without, failing = session.find(FIFO), session.find(FIFO_FAILING)
    if not (without and failing):
        return None
    share = failing.per_second / without.per_second
    return Target(
        name="FIFO, 5,000 groups, 1 % failing once: of the pace without failures",
        wanted="≥ 80 %",
        shown=f"{share:.0%} ({failing.per_second:,.0f}/s)",
        met=share >= 0.8,
    )


def _idle(idle: Idle | None) -> list[Target]:
    if not idle:
        return []
    return [
        Target(name="Idle: CPU of a core", wanted="< 0.3 %", shown=f"{idle.cpu_share:.2%}", met=idle.cpu_share < 0.003),
        Target(
            name=f"Idle: receives begun in {idle.seconds:g} s (long poll: 20 s)",
            wanted="≤ 1",
            shown=str(idle.receives),
            met=idle.receives <= 1,
        ),
    ]


def _sound(session: Session) -> Target:
    duplicates = sum(measured.duplicates for measured in session.measurements)
    losses = sum(measured.losses for measured in session.measurements)
    shown = f"{duplicates} and {losses} in {len(session.measurements)} cells"
    return Target(name="Duplicates and losses", wanted="none", shown=shown, met=not (duplicates or losses))
