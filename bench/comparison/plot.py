"""The picture of bench/RESULTS.md: a dot for each median and a bar for its range, on logarithmic scales."""

import math
import statistics
from html import escape

from .found import Found, number

PANELS = [("sequential", "p50", 1000, "One after the other: p50 in µs, less is better"),
          ("c64", "throughput", 1, "64 connections: answers per second, more is better"),
          ("stdio-64", "throughput", 1, "stdio, 64 in flight: answers per second, more is better")]
LEFT, WIDTH, ROW, RIGHT = 120, 560, 20, 80

# Grey is legible on white and on black; colours are set apart for both.
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #777 }
.title { font-weight: 600 } .number { font-size: 11px }
.grid { stroke: #888; stroke-opacity: .25 }
.range { stroke-width: 2; stroke-linecap: round }
.peer { fill: #3b82c4; stroke: #3b82c4 } .comcp { fill: #d9541e; stroke: #d9541e } .limit { fill: #888; stroke: #888 }
@media (prefers-color-scheme: dark) { text { fill: #aaa } }
@media (prefers-color-scheme: light) { text { fill: #444 } }
"""


def ticks(low, high):
    for exponent in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1):
        for digit in (1, 2, 5):
            if low <= digit * 10**exponent <= high:
                yield digit * 10**exponent


def panel(found, top, scenario, what, scale, title):
    rows = [(s, [scale * v for v in found.values(scenario, s, what)]) for s in found.servers(scenario)]
    rows = sorted((r for r in rows if r[1]), key=lambda r: statistics.median(r[1]), reverse=what == "throughput")
    if not rows:
        return top, []
    low, high = min(min(v) for _, v in rows) / 1.2, max(max(v) for _, v in rows) * 1.2

    def x(value):
        return LEFT + WIDTH * math.log(value / low) / math.log(high / low)

    bottom = top + 30 + ROW * len(rows)
    out = [f'<text class="title" x="0" y="{top + 14}">{escape(title)}</text>']
    for tick in ticks(low, high):
        out.append(f'<line class="grid" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{top + 24}" y2="{bottom}"/>')
        out.append(f'<text class="number" text-anchor="middle" x="{x(tick):.1f}" y="{bottom + 13}">{number_of(tick)}</text>')
    for index, (server, values) in enumerate(rows):
        y = top + 30 + ROW * (index + 0.5)
        kind = found.kinds[server]
        middle = statistics.median(values)
        out.append(f'<text text-anchor="end" x="{LEFT - 8}" y="{y + 4:.1f}">{escape(server)}</text>')
        out.append(f'<line class="range {kind}" x1="{x(min(values)):.1f}" x2="{x(max(values)):.1f}" y1="{y}" y2="{y}"/>')
        out.append(f'<circle class="{kind}" cx="{x(middle):.1f}" cy="{y}" r="4"/>')
        out.append(f'<text class="number" x="{x(max(values)) + 8:.1f}" y="{y + 4:.1f}">{number(middle)}</text>')
    return bottom + 34, out


def number_of(tick):
    return f"{tick:,.0f}" if tick >= 1 else f"{tick:g}"


def svg_of(data):
    found, top, parts = Found(data), 4, []
    for scenario, what, scale, title in PANELS:
        top, drawn = panel(found, top, scenario, what, scale, title)
        parts += drawn
    width = LEFT + WIDTH + RIGHT
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" width="{width}" height="{top}">\n'
            f"<style>{STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n")
