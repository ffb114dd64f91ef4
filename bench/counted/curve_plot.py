"""The picture of bench/CURVES.md: a panel for each curve, on logarithmic scales."""

import math
from html import escape

from comparison.plot import STYLE

# Set apart in hue and lightness for white and for black; the shape of the dots tells them apart without colour.
COLOURS = ["#d9541e", "#3b82c4", "#4d9a57", "#9a6bc4"]
WIDTH, HEIGHT = 340, 220  # of a panel's field
LEFT, TOP, RIGHT, GAP, LINE = 58, 26, 22, 18, 17

MORE_STYLE = """
.curve { fill: none; stroke-width: 2; stroke-linejoin: round }
.slope { stroke: #888; stroke-dasharray: 2 4; fill: none }
"""


def mark(kind, x, y):
    if kind == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    if kind == 1:
        return f'<rect x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7"/>'
    points = [(0, -5), (4.5, 3.5), (-4.5, 3.5)] if kind == 2 else [(0, -5), (5, 0), (0, 5), (-5, 0)]
    return '<polygon points="' + " ".join(f"{x + a:.1f},{y + b:.1f}" for a, b in points) + '"/>'


def short(value):
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:g} {unit}"
    return f"{value:g}"


def powers(low, high):
    return [10**e for e in range(math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9) + 1)]


def panel(left, top, title, axis, series):
    sizes = [size for _, points in series for size in points]
    values = [value for _, points in series for value in points.values()]
    x_low, x_high = min(sizes), max(sizes)
    # Two decades at least: what is flat shall look flat.
    y_high = 10 ** math.ceil(math.log10(max(values)))
    y_low = min(10 ** math.floor(math.log10(min(values))), y_high // 100)

    def x(size):
        return left + LEFT + WIDTH * math.log(size / x_low) / math.log(x_high / x_low)

    def y(value):
        return top + TOP + HEIGHT * (1 - math.log(value / y_low) / math.log(y_high / y_low))

    bottom, right = y(y_low), x(x_high)
    out = [f'<text class="title" x="{left}" y="{top + 12}">{escape(title)}</text>']
    for size in powers(x_low, x_high):
        at = f"{x(size):.1f}"
        out.append(f'<line class="grid" x1="{at}" x2="{at}" y1="{top + TOP}" y2="{bottom}"/>')
        out.append(f'<text class="number" text-anchor="middle" x="{at}" y="{bottom + 14}">{short(size)}</text>')
    for value in powers(y_low, y_high):
        at = y(value)
        out.append(f'<line class="grid" x1="{x(x_low)}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>')
        out.append(f'<text class="number" text-anchor="end" x="{x(x_low) - 6}" y="{at + 4:.1f}">{short(value)}</text>')
    # A straight line of slope 1 up to the highest point, to compare with.
    highest = max(values)
    begin = max(x_low, x_high * y_low / highest)
    out.append(f'<path class="slope" d="M{x(begin):.1f} {y(highest * begin / x_high):.1f}'
               f'L{right:.1f} {y(highest):.1f}"/>')
    for kind, (_, points) in enumerate(series):
        at = [(x(size), y(points[size])) for size in sorted(points)]
        line = "L".join(f"{a:.1f} {b:.1f}" for a, b in at)
        out.append(f'<path class="curve" stroke="{COLOURS[kind]}" d="M{line}"/>')
        out.append(f'<g fill="{COLOURS[kind]}">' + "".join(mark(kind, a, b) for a, b in at) + "</g>")
    out.append(f'<text class="number" text-anchor="middle" x="{left + LEFT + WIDTH / 2}" y="{bottom + 29}">'
               f"{escape(axis)}</text>")
    for kind, (name, _) in enumerate(series):
        line = bottom + 48 + LINE * kind
        out.append(f'<g fill="{COLOURS[kind]}">{mark(kind, left + LEFT + 6, line - 4)}</g>')
        out.append(f'<text x="{left + LEFT + 18}" y="{line}">{escape(name)}</text>')
    return out


def svg_of(curves):
    """`curves`: (title, axis, [(name, {size: instructions})])."""
    parts = ['<text class="number" x="0" y="14">Instructions of a call, user space. Dotted: slope 1, linear.</text>']
    across, top = LEFT + WIDTH + RIGHT, 26
    for begin in range(0, len(curves), 2):
        row = curves[begin:begin + 2]
        for column, curve in enumerate(row):
            parts += panel(column * (across + GAP), top, *curve)
        top += TOP + HEIGHT + 42 + LINE * max(len(series) for _, _, series in row) + GAP
    width = 2 * across + GAP
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {top}" width="{width}" height="{top}">\n'
            f"<style>{STYLE}{MORE_STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n")
