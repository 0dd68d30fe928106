"""What charts are drawn with: SVG that follows the reader's choice of light or dark, and logarithmic axes."""

from __future__ import annotations

import math
from html import escape

STYLE = """
  .paper { fill: #fff } .ink { fill: #1c2430 } .soft { fill: #5b6675 } .fails { fill: #a63a10 }
  .grid { stroke: #dfe3e8 } .limit { stroke: #1c2430; stroke-width: 1.5 }
  .line { stroke: #1f5fa8; stroke-width: 2; fill: none } .dot { fill: #1f5fa8; stroke: #1f5fa8 }
  .floor { stroke: #5b6675; stroke-width: 1.5; fill: none; stroke-dasharray: 5 3 }
  .square { fill: #fff; stroke: #5b6675; stroke-width: 1.5 }
  .over { stroke: #a63a10 } .bad { fill: #fff; stroke: #a63a10; stroke-width: 2 }
  .range { stroke-width: 5; opacity: .28; stroke-dasharray: none }
  text { font: 12px system-ui, 'Segoe UI', 'Noto Sans', sans-serif }
  .head { font-size: 17px; font-weight: 600 } .part { font-size: 14px; font-weight: 600 }
  .small { font-size: 11px } .end { text-anchor: end } .mid { text-anchor: middle }
  .halo { paint-order: stroke; stroke: #fff; stroke-width: 4px; stroke-linejoin: round }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #12161c } .ink { fill: #e6eaf0 } .soft { fill: #9aa6b5 } .fails { fill: #ff9d6e }
    .grid { stroke: #2a323d } .limit { stroke: #e6eaf0 } .line { stroke: #6fb1ff }
    .dot { fill: #6fb1ff; stroke: #6fb1ff } .floor { stroke: #9aa6b5 }
    .square { fill: #12161c; stroke: #9aa6b5 } .over { stroke: #ff9d6e }
    .bad { fill: #12161c; stroke: #ff9d6e } .halo { stroke: #12161c }
  }
"""


def picture(width: float, height: float, name: str, told: str, parts: list[str]) -> str:
    """An SVG document. `told` is what it shows, for those who do not see it."""
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
            f'width="{width:.0f}" height="{height:.0f}" role="img" aria-labelledby="name told">',
            f'<title id="name">{escape(name)}</title>',
            f'<desc id="told">{escape(told)}</desc>',
            f"<style>{STYLE}</style>",
            f'<rect class="paper" width="{width:.0f}" height="{height:.0f}" rx="6"/>',
            *parts,
            "</svg>\n",
        )
    )


class Axis:
    """Logarithmic, from one place to another."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self._low, self._high = math.log(low), math.log(high)
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        part = (math.log(value) - self._low) / (self._high - self._low)
        return self._start + part * (self._end - self._start)

    def powers_of_two(self) -> list[float]:
        """Or of four, where those are many."""
        low, high = math.ceil(self._low / math.log(2)), math.floor(self._high / math.log(2))
        step = 1 if high - low <= 5 else 2
        return [2.0**n for n in range(low, high + 1) if n % step == 0]

    def round_values(self) -> list[float]:
        """As few round values as there are at least three of."""
        low, high = math.floor(self._low / math.log(10)), math.floor(self._high / math.log(10))
        found: list[float] = []
        for parts in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 4, 5, 7)):
            values = [part * 10.0**n for n in range(low, high + 1) for part in parts]
            found = [value for value in values if self._low <= math.log(value) <= self._high]
            if len(found) >= 3:
                break
        return found


def text(x: float, y: float, said: str, css: str) -> str:
    return f'<text class="{css}" x="{x:.1f}" y="{y:.1f}">{escape(said)}</text>'


def stroke(css: str, x: float, y: float, along: str) -> str:
    """A path from a place; `along` is the rest of it."""
    return f'<path class="{css}" d="M{x:.1f} {y:.1f}{along}"/>'


def across(css: str, x: float, y: float, to: float) -> str:
    return stroke(css, x, y, f"H{to:.1f}")


def down(css: str, x: float, y: float, to: float) -> str:
    return stroke(css, x, y, f"V{to:.1f}")


def through(css: str, places: list[tuple[float, float]]) -> str:
    (x, y), *rest = places
    return stroke(css, x, y, "".join(f"L{a:.1f} {b:.1f}" for a, b in rest))


def dot(x: float, y: float) -> str:
    return f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'


def square(x: float, y: float) -> str:
    return f'<rect class="square" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>'


def diamond(x: float, y: float) -> str:
    return stroke("bad", x - 6, y, "l6 -6 6 6 -6 6z")


def brief(value: float) -> str:
    """7,853 as 7.9k."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.{0 if value >= 10 * size or value % size == 0 else 1}f}{letter}"
    return f"{value:.0f}" if value >= 10 else f"{value:.3g}"


def cut(said: str, most: int) -> str:
    return said if len(said) <= most else said[: most - 1].rstrip() + "…"
