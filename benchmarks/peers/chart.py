# SPDX-License-Identifier: Apache-2.0
"""A bar chart of the libraries' images a second as SVG, from a file of benchmarks/results."""

import statistics
from html import escape

WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 760, 230, 150, 20, 8, 44
OURS, THEIRS = "#1b7837", "#9a9a9a"


def bar(number: int, run: dict, ours: bool, scale: float) -> list[str]:
    values = run["images_per_second"]
    median = statistics.median(values)
    y = TOP + number * (BAR + GAP)
    middle = y + BAR / 2
    low, high = (LEFT + scale * value for value in (min(values), max(values)))
    color = OURS if ours else THEIRS
    title = escape(run["title"])
    return [
        f'<text x="{LEFT - 8}" y="{middle:.0f}" dy="0.35em" text-anchor="end">{title}</text>',
        f'<rect x="{LEFT}" y="{y}" width="{scale * median:.1f}" height="{BAR}" fill="{color}"/>',
        f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{middle:.0f}" y2="{middle:.0f}"/>',
        f'<text x="{high + 8:.1f}" y="{middle:.0f}" dy="0.35em">{median:.1f}</text>',
    ]


def drawn(result: dict) -> str:
    """Libraries by speed; the bar is the median, the line on it the range of the turns."""
    measured = result["extraction"]["measured"]
    here = result["machine"]
    order = sorted(measured, key=lambda n: -statistics.median(measured[n]["images_per_second"]))
    most = max(max(run["images_per_second"]) for run in measured.values())
    scale = (WIDTH - LEFT - RIGHT) / most
    height = TOP + len(order) * (BAR + GAP) + GAP
    title = f"VGG16 without top at 100 x 100, images/s: {here['cpu_class']}, {here['cores']} cores"
    style = "text{font:13px sans-serif;fill:#222}line{stroke:#222;stroke-width:1.5}"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}">',
        f'<style>{style}</style><rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="12" y="24" style="font-weight:bold">{escape(title)}</text>',
    ]
    for number, name in enumerate(order):
        lines += bar(number, measured[name], name.startswith("pomona"), scale)
    return "\n".join([*lines, "</svg>"]) + "\n"
