# SPDX-License-Identifier: Apache-2.0
"""Draw docs/pipeline.svg: .venv/bin/python docs/make_pipeline.py

The pictures are three of examples/fruits. The strips of the table are the first components of
those pictures, from benchmarks/job/python_script.py on examples/fruits.
"""

import base64
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WIDTH, HEIGHT = 1280, 416
INK, SOFT, LINE, CARD = "#22313a", "#5d6f79", "#d3dce0", "#f7f9fa"
GREEN, RED, ORANGE, BLUE, PLUM = "#3f8f4f", "#c8443c", "#d9821a", "#3b77a8", "#7a4b8c"

PICTURES = ["Apple Braeburn 1/197_100.jpg", "Banana 1/176_100.jpg", "Strawberry 1/197_100.jpg"]
STRIPS = [
    [-9, -3, 4, -5, 0, 4, 0, -1, 2, 1, 0, 0, 0, -4],
    [11, -1, -3, 8, -1, 2, -3, 8, -2, 3, -5, 4, 1, 15],
    [15, 7, 11, -10, -9, 1, -11, -5, -26, -2, -10, 9, 30, -2],
]
TOP, CARD_HEIGHT = 66, 214
# x, width, colour, title, lines below
STAGES = [
    (24, 150, RED, "Photos", ["folder · list", "tar · Parquet"]),
    (206, 132, ORANGE, "Decode", ["JPEG · PNG · WebP", "told by content"]),
    (370, 148, GREEN, "Preprocess", ["resized like Pillow,", "normalised"]),
    (550, 216, BLUE, "Network", ["VGG16 with ImageNet weights,", "or any ONNX file"]),
    (798, 198, PLUM, "Scaler + PCA", ["fitted from moments that", "merge: one pass"]),
    (1028, 228, RED, "Table", ["Parquet · CSV · NPZ", "for pandas, DuckDB, Spark"]),
]


def text(x: float, y: float, words: str, size: float, color: str = INK, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{color}" {more}>{words}</text>'


def centred(x: float, y: float, words: str, size: float, color: str = INK, more: str = "") -> str:
    return text(x, y, words, size, color, f'text-anchor="middle" {more}')


def box(x: float, y: float, width: float, height: float, fill: str, more: str = "") -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}" {more}/>'


def photo(name: str, x: float, y: float, size: float) -> str:
    data = base64.b64encode((ROOT / "examples" / "fruits" / name).read_bytes()).decode()
    frame = box(x - 1, y - 1, size + 2, size + 2, "#fff", f'rx="5" stroke="{LINE}"')
    href = f"data:image/jpeg;base64,{data}"
    return frame + f'<image x="{x}" y="{y}" width="{size}" height="{size}" href="{href}"/>'


def card(x: float, width: float, color: str, title: str, lines: list[str]) -> str:
    middle = x + width / 2
    parts = [
        box(x, TOP, width, CARD_HEIGHT, CARD, f'rx="10" stroke="{LINE}"'),
        box(x + 14, TOP, width - 28, 4, color, 'rx="2"'),
        centred(middle, TOP + 32, title, 17, INK, 'font-weight="600"'),
    ]
    parts += [
        centred(middle, TOP + 182 + 18 * row, line, 12.5, SOFT) for row, line in enumerate(lines)
    ]
    return "".join(parts)


def arrow(x: float, y: float) -> str:
    """Between two cards: 32 wide."""
    return f'<path d="M{x + 6} {y}h18m-6 -6l7 6l-7 6" stroke="{SOFT}" class="line"/>'


def photos() -> str:
    """Three photos, a little apart."""
    places = [(40, 112, 66), (94, 128, 66), (58, 156, 66)]
    return "".join(photo(name, *place) for name, place in zip(PICTURES, places, strict=True))


def decode(x: float) -> str:
    """Bytes become pixels."""
    parts = [
        text(x + 16, TOP + 70 + 20 * row, words, 12, SOFT, 'class="mono"')
        for row, words in enumerate(["ff d8 ff e0", "00 10 4a 46", "49 46 00 01", "01 01 00 48"])
    ]
    return "".join(parts)


def preprocess(x: float) -> str:
    """A photo, smaller and in planes."""
    planes = [(RED, 26), (GREEN, 13), (BLUE, 0)]
    parts = []
    for color, shift in planes:
        place = (x + 33 + shift, TOP + 54 + shift, 58, 58)
        parts.append(box(*place, color, 'rx="4" opacity="0.78" stroke="#fff"'))
    parts.append(centred(x + 74, TOP + 160, "3 &#215; 100 &#215; 100", 12, SOFT, 'class="mono"'))
    return "".join(parts)


def network(x: float) -> str:
    """Five blocks: height and width fall, channels rise."""
    blocks = [(78, 7), (62, 12), (46, 20), (32, 30), (20, 30)]
    parts, at = [], x + 24
    for size, depth in blocks:
        y = TOP + 92 - size / 2
        parts.append(box(at, y, depth, size, BLUE, 'rx="3" opacity="0.82"'))
        at += depth + 8
    middle = x + 108
    words = "3 &#215; 3 &#215; 512 = 4,608"
    parts.append(centred(middle, TOP + 160, words, 12, SOFT, 'class="mono small"'))
    parts.append(f'<path d="M{at} {TOP + 92}h16m-5 -5l6 5l-6 5" stroke="{BLUE}" class="line"/>')
    parts += [
        box(at + 24, TOP + 58 + 6 * row, 6, 4, BLUE, f'opacity="{o}"')
        for row, o in enumerate([0.9, 0.2, 0.2, 0.6, 0.2, 0.2, 0.2, 1, 0.2, 0.2, 0.5, 0.2])
    ]
    return "".join(parts)


def reduce(x: float) -> str:
    """A cloud of points and its two axes."""
    cloud = [
        (-58, 20),
        (-46, 4),
        (-40, 22),
        (-30, 8),
        (-22, -6),
        (-14, 12),
        (-6, -2),
        (2, -14),
        (8, 4),
        (16, -8),
        (24, -20),
        (30, -2),
        (40, -16),
        (48, -26),
        (56, -12),
        (-28, 24),
        (0, 10),
        (20, 6),
        (-52, 32),
        (60, -30),
    ]
    cx, cy = x + 99, TOP + 92
    parts = [
        f'<circle cx="{cx + dx}" cy="{cy + dy}" r="3.4" fill="{PLUM}" opacity="0.55"/>'
        for dx, dy in cloud
    ]
    axis = f'stroke="{INK}" class="line"'
    parts.append(f'<path d="M{cx - 66} {cy + 31}L{cx + 70} {cy - 33}m-9 -1l9 1l-5 8" {axis}/>')
    parts.append(f'<path d="M{cx + 12} {cy + 25}L{cx - 14} {cy - 30}m-1 9l1 -9l8 5" {axis}/>')
    parts.append(centred(cx, TOP + 160, "4,608 → 64", 12, SOFT, 'class="mono small"'))
    return "".join(parts)


def table(x: float) -> str:
    """A row a photo: its label and its components as colours."""
    parts = []
    for row, (name, strip) in enumerate(zip(PICTURES, STRIPS, strict=True)):
        y = TOP + 49 + 32 * row
        parts.append(photo(name, x + 16, y, 26))
        for column, value in enumerate(strip):
            color, strength = (ORANGE, value) if value > 0 else (BLUE, -value)
            opacity = 0.12 + 0.88 * min(1, strength / 14)
            place = (x + 52 + 11 * column, y + 4, 10, 18)
            parts.append(box(*place, color, f'rx="2" opacity="{opacity:.2f}"'))
    parts.append(
        centred(x + 114, TOP + 160, "path, label, pca[64]", 12, SOFT, 'class="mono small"')
    )
    return "".join(parts)


def lane(y: float, color: str, title: str, words: str, start: float, end: float) -> str:
    parts = [
        box(start, y, end - start, 38, CARD, f'rx="8" stroke="{LINE}"'),
        box(start, y + 8, 4, 22, color, 'rx="2"'),
        text(start + 18, y + 24, f'<tspan font-weight="600">{title}</tspan>  {words}', 13, SOFT),
    ]
    return "".join(parts)


def draw() -> str:
    parts = [box(0, 0, WIDTH, HEIGHT, "#ffffff", 'rx="14"')]
    title = "One pass over the photos, from the folder to the table"
    parts.append(text(24, 42, title, 20, INK, 'font-weight="600"'))
    parts += [card(*stage) for stage in STAGES]
    parts += [arrow(x + width, TOP + 92) for x, width, *_ in STAGES[:-1]]
    parts += [photos(), decode(206), preprocess(370), network(550), reduce(798), table(1028)]
    drop = f'stroke="{RED}" stroke-dasharray="3 4" class="line"'
    for x in (99, 272, 444, 658):
        parts.append(f'<path d="M{x} {TOP + CARD_HEIGHT + 3}v16m-5 -5l5 6l5 -6" {drop}/>')
    words = (
        "every photo that cannot be used, with the stage and the reason: rows + rejects = listing"
    )
    parts.append(lane(304, RED, "rejects/", words, 24, WIDTH - 24))
    words = (
        "plan.json first, manifest.json last, every file whole or not at all: "
        "kill it, run it again, get the same bytes"
    )
    parts.append(lane(354, GREEN, "Exactly once.", words, 24, WIDTH - 24))
    style = (
        "text{font-family:'DejaVu Sans','Segoe UI',Helvetica,Arial,sans-serif;white-space:pre}"
        ".mono{font-family:'DejaVu Sans Mono',Menlo,Consolas,monospace}.small{font-size:11.5px}"
        ".line{fill:none;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}"
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="Photos are decoded, preprocessed, run through a network, reduced by a '
        f'scaler and a PCA and written as a table; photos that cannot be used become rejects.">'
    )
    return head + f"<style>{style}</style>" + "\n".join(parts) + "</svg>\n"


if __name__ == "__main__":
    (ROOT / "docs" / "pipeline.svg").write_text(draw(), encoding="utf-8")
