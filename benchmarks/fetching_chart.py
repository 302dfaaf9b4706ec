"""Draws what a simulation of fetching saw: the window above, the receives below, a column for each phase."""

from collections.abc import Callable, Sequence
from statistics import fmean

from benchmarks.fetching_stage import Look, Phase
from benchmarks.svg import WIDTH, Axis, box, document, rule, text

Figure = Callable[[Look], float]
Bin = Sequence[Look]

LEFT, RIGHT, GAP = 56, 16, 12
WINDOW_TOP, WINDOW_BASE, RECEIVES_TOP, RECEIVES_BASE = 84, 314, 356, 426
BINS = 120  # a column
HEADROOM = 1.04
LAYERS: Sequence[tuple[str, str, Figure]] = (
    ("f0", "running", lambda look: look.running),
    ("f1", "buffered", lambda look: look.buffered),
    ("bar", "asked for", lambda look: look.asked),
)


def chart(phases: Sequence[Phase], seen: Sequence[Sequence[Look]], *, slots: int, note: str) -> str:
    """Draw the phases side by side; each column has its own scale of time."""
    columns = [_bins(looks) for looks in seen]
    window = _axis(WINDOW_TOP, WINDOW_BASE, columns, lambda look: max(_used(look), slots + look.prefetch))
    receives = _axis(RECEIVES_TOP, RECEIVES_BASE, columns, lambda look: look.receiving)
    parts = [text(16, 20, "Messages", "title"), *_legend(x=110, y=10)]
    parts += [text(16, RECEIVES_TOP - 14, "Receives under way", "title")]
    parts += _grid(window, range(0, int(window.high), slots))
    parts += _grid(receives, (0, round(receives.high / HEADROOM)))
    width = (WIDTH - LEFT - RIGHT + GAP) / len(phases) - GAP
    for number, (phase, bins) in enumerate(zip(phases, columns, strict=True)):
        x = LEFT + number * (width + GAP)
        across = Axis(start=x, end=x + width, low=0, high=BINS, logarithmic=False)
        parts += _column(phase, bins, across, window=window, receives=receives, slots=slots)
    return document(RECEIVES_BASE + 24, "Fetching by demand in five phases", parts, note)


def _column(phase: Phase, bins: Sequence[Bin], across: Axis, *, window: Axis, receives: Axis, slots: int) -> list[str]:
    parts = [text(across.start, 52, phase.name, "title"), text(across.start, 70, phase.says, "soft")]
    below = [0.0] * len(bins)
    for kind, _, figure in LAYERS:
        above = [low + _mean(bin_, figure) for low, bin_ in zip(below, bins, strict=True)]
        parts.append(_area(kind, across, window, below, above))
        below = above
    parts.append(_line("s3", across, window, [_mean(bin_, lambda look: slots + look.prefetch) for bin_ in bins]))
    parts.append(_line("s2", across, receives, [_mean(bin_, lambda look: look.receiving) for bin_ in bins]))
    parts.append(text(across.start, RECEIVES_BASE + 18, "0", "soft"))
    parts.append(text(across.end, RECEIVES_BASE + 18, f"{phase.lasts:g} s", "soft", "end"))
    return parts


def _legend(*, x: float, y: float) -> list[str]:
    parts = []
    for kind, label, _ in (*LAYERS, ("f3", "the window: slots + prefetch", None)):
        height = 3 if kind == "f3" else 10
        parts += [box(kind, x, y + (10 - height) / 2, 10, height), text(x + 16, y + 9, label, "soft")]
        x += 40 + 7 * len(label)
    return parts


def _axis(top: float, base: float, columns: Sequence[Sequence[Bin]], figure: Figure) -> Axis:
    highest = max(_mean(bin_, figure) for bins in columns for bin_ in bins)
    return Axis(start=base, end=top, low=0, high=highest * HEADROOM, logarithmic=False)


def _grid(axis: Axis, ticks: Sequence[int]) -> list[str]:
    parts = []
    for tick in ticks:
        parts += [rule(LEFT, axis.at(tick), WIDTH - RIGHT), text(LEFT - 8, axis.at(tick) + 4, str(tick), "soft", "end")]
    return parts


def _area(kind: str, across: Axis, up: Axis, below: Sequence[float], above: Sequence[float]) -> str:
    there = [(across.at(number + 0.5), up.at(value)) for number, value in enumerate(above)]
    back = [(across.at(number + 0.5), up.at(value)) for number, value in enumerate(below)]
    return f'<polygon class="{kind}" points="{_places(there + back[::-1])}"/>'


def _line(kind: str, across: Axis, up: Axis, values: Sequence[float]) -> str:
    places = [(across.at(number + 0.5), up.at(value)) for number, value in enumerate(values)]
    return f'<polyline class="line {kind}" points="{_places(places)}"/>'


def _places(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _bins(looks: Sequence[Look]) -> list[Bin]:
    size = len(looks) / BINS
    return [looks[round(number * size) : round((number + 1) * size)] for number in range(BINS)]


def _mean(bin_: Bin, figure: Figure) -> float:
    return fmean(figure(look) for look in bin_)


def _used(look: Look) -> int:
    return look.running + look.buffered + look.asked
