# SPDX-License-Identifier: Apache-2.0
"""What the acceptance checks share: pictures, the program, tables, and their verdicts."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
# Data that are not in the repository; a check whose data are missing says so and passes.
SHARED = Path(os.environ.get("POMONA_SHARED", ROOT.parent / "shared")) / "data"
POMONA = os.environ.get("POMONA", str(ROOT / "build/release/bin/pomona"))
WORK = ROOT / "out/acceptance"


class Verdicts:
    """Prints a line a comparison and knows the exit code."""

    def __init__(self) -> None:
        self.failed = False

    def check(self, good: bool, text: str) -> None:
        print(f"{'OK  ' if good else 'FAIL'} {text}", flush=True)
        self.failed = self.failed or not good

    def below(self, name: str, value: float, limit: float) -> None:
        self.check(value < limit, f"{name}: {value:.2g} (limit {limit:g})")

    def exit(self) -> None:
        sys.exit(1 if self.failed else 0)


def skip(reason: str) -> None:
    print(f"SKIP {reason}")
    sys.exit(0)


def pomona(*arguments: object) -> None:
    """Runs the program; the end of this check where it fails."""
    line = [POMONA, *map(str, arguments)]
    done = subprocess.run([*line, "--quiet"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"FAIL {' '.join(line)}: exit code {done.returncode}\n{done.stderr}")
        sys.exit(1)


def fresh(name: str) -> Path:
    """An empty folder for a check's files."""
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def spread(files: Iterable[Path], count: int) -> list[Path]:
    """`count` of the files, evenly spaced in the order of their names."""
    ordered = sorted(files)
    count = min(count, len(ordered))
    return [ordered[i * len(ordered) // count] for i in range(count)]


def link(files: Iterable[Path], folder: Path) -> list[Path]:
    """Links to the files, in one folder, numbered; a listing has them in this order."""
    folder.mkdir(parents=True)
    links = []
    for i, file in enumerate(files):
        links.append(folder / f"{i:05d}{file.suffix.lower()}")
        links[-1].symlink_to(file.resolve())
    return links


def fruit_photos(count: int) -> list[Path]:
    """Photos on white that no test uses; those of the repository where there are no others."""
    folder = SHARED / "fruits-360/Test"
    return spread((folder if folder.is_dir() else ROOT / "examples/fruits").rglob("*.jpg"), count)


def shop_photos(count: int) -> list[Path]:
    folder = SHARED / "grocery/val/Fruit"
    return spread((p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".png")), count)


def column(folder: Path, name: str) -> np.ndarray:
    """A column of vectors of all part-*.parquet, as float32 rows."""
    tables = [pq.ParquetFile(file).read([name]) for file in sorted(folder.glob("part-*.parquet"))]
    chunks = [chunk for table in tables for chunk in table[name].chunks]
    return np.concatenate([np.asarray(c.flatten()).reshape(len(c), -1) for c in chunks])


def safetensors(path: Path) -> dict[str, np.ndarray]:
    """The float64 tensors of a file."""
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    tensors = {}
    for name, tensor in header.items():
        begin, end = (start + offset for offset in tensor["data_offsets"])
        tensors[name] = np.frombuffer(data[begin:end], "<f8").reshape(tensor["shape"])
    return tensors


def worst_row(got: np.ndarray, want: np.ndarray) -> float:
    """The 2-norm of the difference over that of the reference, of the worst row."""
    if got.shape != want.shape:
        return float("inf")
    difference = np.linalg.norm(got.astype(np.float64) - want, axis=1)
    return float((difference / np.linalg.norm(want, axis=1)).max())


def worst_cosine(got: np.ndarray, want: np.ndarray) -> float:
    got = got.astype(np.float64)
    norms = np.linalg.norm(got, axis=1) * np.linalg.norm(want, axis=1)
    return float(((got * want).sum(axis=1) / norms).min())


def pixels(path: Path, side: int) -> np.ndarray:
    """A picture as Pillow reads and resizes it: side x side x 3, RGB, float32."""
    from PIL import Image, ImageOps

    with Image.open(path) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    small = upright.resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(small, np.float32)


def bf16_works() -> bool:
    words = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    return "avx512_bf16" in words or "amx_bf16" in words
