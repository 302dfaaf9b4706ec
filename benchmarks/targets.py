"""Compares the results of a session with the targets of the project."""

from dataclasses import dataclass, replace

from benchmarks.endurance import Idle
from benchmarks.results import Measurement, Session
from benchmarks.scenario import (
    ASYNCIO,
    FIFO,
    FIFO_FAILING,
    FLOOR,
    FLOOR_LATENT,
    LATENT,
    PEERS,
    REDIS,
    SLOTS,
    TWO_PROCESSES,
    UVLOOP,
    Cell,
)


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
        _cpu(session, UVLOOP, "64 slots, no latency, uvloop", 2.8),
        _cpu(session, ASYNCIO, "64 slots, no latency, asyncio", 3.2),
        _peer(session),
        _processes(session),
        _latent(session.find(LATENT), session.find(FLOOR_LATENT)),
        _calls(session.find(UVLOOP)),
        _memory(session.find(UVLOOP)),
        _growth(session),
        _redis(session),
        _fifo(session),
        *_idle(idle),
        _sound(session),
    ]
    return [line for line in lines if line]


def _cpu(session: Session, cell: Cell, name: str, limit: float) -> Target | None:
    measured, floor = session.find(cell), session.find(FLOOR)
    if not (measured and floor):
        return None
    floors = measured.cpu_us / floor.cpu_us
    return Target(
        name=f"CPU per message: {name}",
        wanted=f"≤ {limit:g} floors",
        shown=f"{floors:.2f} floors ({measured.cpu_us:.1f} µs)",
        met=floors <= limit,
    )


def _peer(session: Session) -> Target | None:
    ours, peer = session.find(UVLOOP), session.best(PEERS)
    if not (ours and peer):
        return None
    ratio = ours.per_second / peer.per_second
    return Target(
        name=f"Messages/s against sqs-consumer with {peer.cell.consumers} consumers, the better number",
        wanted="≥ 3.5 x",
        shown=f"{ratio:.2f} x ({peer.cpu_us / ours.cpu_us:.2f} x by CPU)",
        met=ratio >= 3.5,
    )


def _processes(session: Session) -> Target | None:
    one, two = session.find(UVLOOP), session.find(TWO_PROCESSES)
    if not (one and two):
        return None
    ratio = two.per_second / one.per_second
    # two cores are shared with the simulator and the worker
    return Target(name="2 processes: messages/s", wanted="≥ 1.7 x one", shown=f"{ratio:.2f} x", met=ratio >= 1.7)


def _latent(measured: Measurement | None, floor: Measurement | None) -> Target | None:
    if not (measured and floor):
        return None
    share = measured.per_second / floor.per_second
    return Target(
        name="15 ms SQS, 10 ms worker, 64 slots, 16 receives",
        wanted="≥ 97 % of the floor",
        shown=f"{share:.1%} ({measured.per_second:,.0f}/s, {measured.share_of_bound:.1%} of the bound)",
        met=share >= 0.97,
    )


def _calls(measured: Measurement | None) -> Target | None:
    if not measured:
        return None
    calls = measured.calls_per_message
    return Target(name="SQS calls per message, busy", wanted="≤ 0.21", shown=f"{calls:.4f}", met=calls <= 0.21)


def _memory(measured: Measurement | None) -> Target | None:
    if not measured:
        return None
    peak = measured.peak_mib
    return Target(name="Peak RSS, 64 slots", wanted="≤ 85 MiB", shown=f"{peak:.0f} MiB", met=peak <= 85)


def _growth(session: Session) -> Target | None:
    ours = [session.find(replace(UVLOOP, slots=slots)) for slots in SLOTS]
    floors = [session.find(replace(FLOOR, slots=slots)) for slots in SLOTS]
    ratios = [one.cpu_us / floor.cpu_us for one, floor in zip(ours, floors, strict=True) if one and floor]
    if len(ratios) < len(SLOTS):
        return None
    # compared with the cheapest smaller number of slots, because one slot is expensive
    growth = max(many / min(ratios[:place]) - 1 for place, many in enumerate(ratios) if place)
    return Target(
        name="CPU per message in floors, from 1 to 1,024 slots",
        wanted="grows < 20 %",
        shown=f"{growth:+.0%} ({', '.join(f'{ratio:.2f}' for ratio in ratios)})",
        met=growth < 0.2,
    )


def _redis(session: Session) -> Target | None:
    without, with_redis, floor = session.find(UVLOOP), session.find(REDIS), session.find(FLOOR)
    if not (without and with_redis and floor):
        return None
    more = (with_redis.cpu_us - without.cpu_us) / floor.cpu_us
    return Target(
        name="Redis lock: CPU per message", wanted="≤ 1 floor more", shown=f"{more:+.2f} floors", met=more <= 1
    )


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
