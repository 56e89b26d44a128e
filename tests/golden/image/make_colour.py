# SPDX-License-Identifier: Apache-2.0
"""Writes pictures and what NumPy says of their colours (docs/numerics.md, Colour).

colour.safetensors   NAME.pixels (H, W, 3) uint8 and NAME.colour (209) float32; NAME.mask (H, W)
                     uint8 where the picture is not shrunk; scene.balanced: after grey world

Needs numpy and Pillow. The code is written anew from the description, not after colour.cc.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "model"))
from golden_file import write_safetensors  # noqa: E402

TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = np.array([0.95047, 1, 1.08883])


def lab(rgb: np.ndarray) -> np.ndarray:
    v = rgb / 255
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    t = linear @ TO_XYZ.T / WHITE
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def find_fruit(rgb: np.ndarray) -> tuple[np.ndarray, bool]:
    colours = lab(rgb)
    edge = np.ones(rgb.shape[:2], bool)
    edge[1:-1, 1:-1] = False
    border = np.sort(colours[edge], axis=0)
    far = np.linalg.norm(colours - border[(len(border) - 1) // 2], axis=-1) > 10
    plain = far[edge].mean() <= 0.3 and far.mean() >= 0.02
    return (far if plain else np.ones_like(far)), bool(plain)


def hsv(rgb: np.ndarray) -> np.ndarray:
    """Pixels (n, 3) to hue 0 .. 6, saturation, value."""
    r, g, b = rgb.astype(float).T
    top = rgb.max(1).astype(float)
    chroma = top - rgb.min(1)
    safe = np.where(chroma > 0, chroma, 1)
    hue = np.select(
        [top == r, top == g], [(g - b) / safe % 6, 2 + (b - r) / safe], 4 + (r - g) / safe
    )
    hue = np.where(chroma > 0, hue, 0)
    return np.stack([hue, chroma / np.where(top > 0, top, 1), top / 255], 1)


def histogram(rgb: np.ndarray, h: int, s: int, v: int) -> np.ndarray:
    bins = np.zeros((h, s, v))
    if len(rgb) == 0:
        return bins.ravel()
    at = hsv(rgb) * [h / 6, s - 1, v - 1]
    low = np.minimum(np.floor(at).astype(int), [h, s - 2, v - 2])
    part = at - low
    for corner in np.ndindex(2, 2, 2):
        i, j, k = (low + corner).T
        weight = np.where(corner, part, 1 - part).prod(1)
        np.add.at(bins, (i % h, j, k), weight)
    return bins.ravel() / len(rgb)


def describe(rgb: np.ndarray) -> np.ndarray:
    height, width = rgb.shape[:2]
    longer = max(height, width)
    if longer > 100:
        size = (max(1, round(width * 100 / longer)), max(1, round(height * 100 / longer)))
        rgb = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.BILINEAR))
        height, width = rgb.shape[:2]
    fruit, plain = find_fruit(rgb)
    ys, xs = np.nonzero(fruit)
    tall, wide = np.ptp(ys) + 1, np.ptp(xs) + 1
    third = (ys - ys.min()) * 3 // tall
    pixels = rgb[ys, xs]
    parts = [histogram(pixels, 12, 3, 3)]
    parts += [histogram(pixels[third == i], 8, 2, 2) for i in range(3)]
    size = [len(ys) / (width * height), wide / width, tall / height, len(ys) / (wide * tall), plain]
    return np.concatenate([*parts, size]).astype(np.float32)


def balance(rgb: np.ndarray) -> np.ndarray:
    means = rgb.reshape(-1, 3).mean(0)
    gain = np.clip(means.mean() / means, 0.5, 2)
    return np.minimum(255, np.rint(rgb * gain)).astype(np.uint8)


def main() -> None:
    random = np.random.default_rng(5)
    fruit = np.asarray(Image.open(HERE / "source/fruit.jpg").convert("RGB").resize((70, 60)))
    scene = np.asarray(Image.open(HERE / "source/scene.png").convert("RGB").resize((48, 64)))
    dot = np.full((20, 40, 3), 250, np.uint8)
    dot[5:15, 12:30] = [200, 30, 90]
    dot[8, 20] = [0, 0, 0]
    pictures = {
        "fruit": fruit,
        "scene": scene,
        "large": np.asarray(Image.fromarray(fruit).resize((150, 131))),
        "dot": dot,
        "noise": random.integers(0, 256, (16, 12, 3), dtype=np.uint8),
        "grey": np.full((9, 9, 3), 128, np.uint8),
        "pixel": np.array([[[1, 2, 3]]], np.uint8),
    }
    tensors = {"scene.balanced": balance(scene)}
    for name, rgb in pictures.items():
        tensors[f"{name}.pixels"] = rgb
        tensors[f"{name}.colour"] = describe(rgb)
        if max(rgb.shape) <= 100:
            tensors[f"{name}.mask"] = find_fruit(rgb)[0].astype(np.uint8)
    metadata = {"made_by": f"make_colour.py with NumPy {np.__version__}"}
    write_safetensors(HERE / "colour.safetensors", tensors, metadata)


if __name__ == "__main__":
    main()
