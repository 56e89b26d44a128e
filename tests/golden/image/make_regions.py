# SPDX-License-Identifier: Apache-2.0
"""Writes photos and where NumPy and SciPy see fruit in them (docs/numerics.md, Regions).

    make_regions.py DATA      DATA: the folder with `scenes` and `multi-fruit` (MIT)

regions.safetensors   NAME.pixels (H, W, 3) uint8, NAME.fruit (H, W) uint8 where the ground is
                      plain, NAME.boxes (n, 5) float32: kind, left, top, right, bottom
                      NAME.cut (S, S, 3) uint8: what the second region looks like by itself

Needs numpy, SciPy and Pillow. The code is written anew from the description.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "model"))
from golden_file import write_safetensors  # noqa: E402
from make_colour import lab  # noqa: E402

PHOTOS = {
    "apart": "scenes/image15.jpg",
    "touching": "scenes/image18.jpg",
    "three": "scenes/image12.jpg",
    "green": "scenes/image31.jpg",
    "bowl": "multi-fruit/apples_peaches1.jpg",
}
SIDE = 144  # small enough for the repository
SHAPE, PIECE, WINDOW = 1, 2, 3


def blur(plane: np.ndarray) -> np.ndarray:
    for axis in (1, 0):
        plane = ndimage.convolve1d(plane, np.array([1, 4, 6, 4, 1]) / 16, axis, mode="nearest")
    return plane


def ground(rgb: np.ndarray) -> tuple[np.ndarray, bool]:
    """What is far from the surface fitted to the border, and whether that is plain."""
    colours = lab(rgb)
    h, w, _ = colours.shape
    y, x = np.mgrid[0:h, 0:w]
    u, v = (x / w * 2 - 1).ravel(), (y / h * 2 - 1).ravel()
    terms = np.stack([np.ones_like(u), u, v, u * u, u * v, v * v], 1)
    values = colours.reshape(-1, 3)
    rim = max(2, min(h, w) // 25)
    inner = np.zeros((h, w), bool)
    inner[rim : h - rim, rim : w - rim] = True
    border = keep = ~inner.ravel()
    for _ in range(4):
        surface = np.linalg.lstsq(terms[keep], values[keep], rcond=None)[0]
        away = np.sqrt((((values - terms @ surface) ** 2) * [0.25, 1, 1]).sum(1))
        middle = np.sort(away[border])[(border.sum() - 1) // 2]
        keep = border & (away <= max(6, 2.5 * middle))
    plain = (away[border] <= 8).mean() >= 0.8
    plane = blur(away.reshape(h, w))
    counts, edges = np.histogram(np.minimum(plane, 79.99), 160, (0, 80))
    middles = (edges[1:] + edges[:-1]) / 2
    below, sums = np.cumsum(counts), np.cumsum(counts * middles)
    with np.errstate(all="ignore"):
        between = (sums[-1] * below - sums * below[-1]) ** 2 / (below * (below[-1] - below))
    threshold = np.clip(0.8 * middles[np.nanargmax(between)], 10, 30)
    fruit = ndimage.binary_opening(plane > threshold, iterations=2)
    return ndimage.binary_fill_holes(fruit), plain


def split(shape: np.ndarray, least: float) -> list[np.ndarray]:
    """At necks under 3/4 of the smaller side's thickness."""
    depth = blur(ndimage.distance_transform_edt(np.pad(shape, 1))[1:-1, 1:-1])
    ys, xs = np.nonzero(shape)
    order = np.argsort(-depth[ys, xs], kind="stable")
    basin = np.full(shape.shape, -1)
    parent: list[int] = []
    tops: list[float] = []

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for y, x in zip(ys[order], xs[order], strict=True):
        around = basin[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
        near = sorted({root(i) for i in around[around >= 0]})
        if not near:
            near = [len(parent)]
            parent.append(near[0])
            tops.append(depth[y, x])
        basin[y, x] = near[0]
        for other in near[1:]:
            if depth[y, x] > 0.75 * tops[other] or tops[other] < least:
                parent[other] = near[0]
    roots = np.array([root(i) for i in range(len(parent))])
    whose = np.where(basin >= 0, roots[basin], -1)
    return [whose == r for r in np.unique(roots)]


def box(mask: np.ndarray) -> list[int]:
    ys, xs = np.nonzero(mask)
    return [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]


def shapes(fruit: np.ndarray) -> tuple[list[list[int]], list[np.ndarray]]:
    labels, count = ndimage.label(fruit)
    parts = [labels == i for i in range(1, count + 1)]
    parts = [part for part in parts if part.sum() >= 0.002 * fruit.size]
    parts.sort(key=lambda part: -part.sum())
    boxes, masks = [], []
    for part in parts:
        pieces = split(part, max(3.0, 0.02 * max(fruit.shape)))
        for kind, mask in [(SHAPE, part), *((PIECE, p) for p in pieces if len(pieces) > 1)]:
            boxes.append([kind, *box(mask)])
            masks.append(mask)
    return boxes, masks


def windows(h: int, w: int) -> list[list[int]]:
    boxes = []
    for scale in (1, 1.5, 2.2, 3.3, 5):
        side = round(min(h, w) / scale)
        if side < 32:
            break
        columns, rows = (-(-2 * (n - side) // side) + 1 for n in (w, h))
        for j in range(rows):
            for i in range(columns):
                left = (w - side) * i // max(1, columns - 1)
                top = (h - side) * j // max(1, rows - 1)
                boxes.append([WINDOW, left, top, left + side, top + side])
    return boxes


def cut(rgb: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """On white, square, with a margin; at this size the mask is the photo's own."""
    left, top, right, bottom = box(mask)
    side = round(max(right - left, bottom - top) * 1.1)
    cover = ndimage.binary_dilation(mask)
    white = np.where(cover[..., None], rgb, 255)
    out = np.full((side, side, 3), 255, np.uint8)
    x0 = left - (side - (right - left)) // 2
    y0 = top - (side - (bottom - top)) // 2
    for y in range(side):
        for x in range(side):
            if 0 <= y + y0 < rgb.shape[0] and 0 <= x + x0 < rgb.shape[1]:
                out[y, x] = white[y + y0, x + x0]
    return out


def main() -> None:
    tensors: dict[str, np.ndarray] = {}
    for name, path in PHOTOS.items():
        with Image.open(Path(sys.argv[1]) / path) as photo:
            photo.thumbnail((SIDE, SIDE))
            rgb = np.asarray(photo.convert("RGB"))
        fruit, plain = ground(rgb.astype(float))
        tensors[f"{name}.pixels"] = rgb
        if plain:
            boxes, masks = shapes(fruit)
            tensors[f"{name}.fruit"] = fruit.astype(np.uint8)
            tensors[f"{name}.cut"] = cut(rgb, masks[0])
        else:
            boxes = windows(*fruit.shape)
        tensors[f"{name}.boxes"] = np.array(boxes, np.float32)
        print(name, plain, len(boxes))
    metadata = {
        "licence": "MIT",
        "source": "Microsoft Learning, 2023 (scenes); M. Oltean, H. Muresan, 2017-2019 (bowl)",
    }
    write_safetensors(HERE / "regions.safetensors", tensors, metadata)


if __name__ == "__main__":
    main()
