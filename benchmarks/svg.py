"""Plain SVG charts: bars and lines in panels, readable on light and dark backgrounds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH = 840
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600; font-size: 14px }
.soft { fill: #6e7781; font-size: 12px } .grid { stroke: #d0d7de; stroke-width: 1 }
.bar { fill: #8c959f } .ours { fill: #0969da } .line { fill: none; stroke-width: 2 }
.s0 { stroke: #0969da } .s1 { stroke: #bc4c00 } .s2 { stroke: #1a7f37 } .s3 { stroke: #8250df }
.f0 { fill: #0969da } .f1 { fill: #bc4c00 } .f2 { fill: #1a7f37 } .f3 { fill: #8250df }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .soft { fill: #8d96a0 } .grid { stroke: #30363d } .bar { fill: #6e7681 }
.ours, .f0 { fill: #4493f8 } .s0 { stroke: #4493f8 } .s1 { stroke: #f0883e } .f1 { fill: #f0883e }
.s2 { stroke: #3fb950 } .f2 { fill: #3fb950 } .s3 { stroke: #a371f7 } .f3 { fill: #a371f7 }
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar; ``ours`` highlights it."""

    label: str
    value: float
    ours: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a chart, as points in order of x."""

    label: str
    points: Sequence[tuple[float, float]]


def document(height: float, title: str, parts: Sequence[str], note: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height + 32:g}" role="img">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n"
        + "\n".join(parts)
        + f"\n{text(16, height + 16, note, 'soft')}\n</svg>\n"
    )


def bars(title: str, rows: Sequence[Bar], *, y: float, form: str) -> tuple[list[str], float]:
    """Draw horizontal bars under a title; return the parts and the y below them."""
    left, right, pitch, thickness = 210, 90, 26, 16
    scale = (WIDTH - left - right) / max(row.value for row in rows)
    parts = [text(16, y + 16, title, "title")]
    y += 30
    for row in rows:
        width = row.value * scale
        middle = y + thickness / 2 + 4.5
        parts += [
            text(left - 10, middle, row.label, anchor="end"),
            box("ours" if row.ours else "bar", left, y, width, thickness),
            text(left + width + 8, middle, format(row.value, form)),
        ]
        y += pitch
    return parts, y + 14


def lines(
    title: str, series: Sequence[Line], *, x: float, y: float, width: float, height: float, logarithmic: bool
) -> list[str]:
    """Draw lines over a logarithmic x axis under a title, with a legend below."""
    left, right, top, bottom = x + 68, x + width - 16, y + 34, y + height - 48
    xs = sorted({px for line in series for px, _ in line.points})
    ys = [py for line in series for _, py in line.points]
    ticks = _decades(min(ys), max(ys)) if logarithmic else _steps(max(ys))
    across = Axis(start=left, end=right, low=xs[0], high=xs[-1], logarithmic=True)
    up = Axis(start=bottom, end=top, low=ticks[0], high=ticks[-1], logarithmic=logarithmic)
    parts = [text(x + 16, y + 16, title, "title")]
    for tick in ticks:
        parts += [rule(left, up.at(tick), right), text(left - 8, up.at(tick) + 4, f"{tick:,g}", "soft", "end")]
    parts += [text(across.at(value), bottom + 18, f"{value:,g}", "soft", "middle") for value in xs]
    for number, line in enumerate(series):
        parts += _points([(across.at(px), up.at(py)) for px, py in line.points], number)
        parts += _legend(line.label, number, x=left + number * (right - left) / len(series), y=bottom + 32)
    return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """Maps values from ``low`` to ``high`` to places from ``start`` to ``end``."""

    start: float
    end: float
    low: float
    high: float
    logarithmic: bool

    def at(self, value: float) -> float:
        if self.logarithmic:
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def _steps(highest: float) -> list[float]:
    """Round numbers from 0 to just above ``highest``, four to eight of them."""
    raw = highest / 5
    power = 10 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw)
    return [step * number for number in range(math.ceil(highest / step) + 1)]


def _decades(lowest: float, highest: float) -> list[float]:
    return [10.0**power for power in range(math.floor(math.log10(lowest)), math.ceil(math.log10(highest)) + 1)]


def text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def box(kind: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2"/>'


def rule(x: float, y: float, end: float) -> str:
    return f'<line class="grid" x1="{x:.1f}" y1="{y:.1f}" x2="{end:.1f}" y2="{y:.1f}"/>'


def _points(points: Sequence[tuple[float, float]], number: int) -> list[str]:
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [f'<circle class="f{number}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>' for x, y in points]
    return [f'<polyline class="line s{number}" points="{places}"/>', *dots]


def _legend(label: str, number: int, *, x: float, y: float) -> list[str]:
    return [box(f"f{number}", x, y, 10, 10), text(x + 15, y + 9, label, "soft")]
