# SPDX-License-Identifier: Apache-2.0
"""The pictures that the job is measured on: folders of hard links, so that any number costs
nothing. Fruits-360's training folder where it is at hand, else examples/fruits repeated."""

import itertools
import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("POMONA_SHARED", ROOT.parent / "shared"))
TRAINING = SHARED / "data" / "fruits-360" / "Training"


def source() -> tuple[Path, str]:
    """The folder of the pictures and what to call it."""
    if TRAINING.is_dir():
        return TRAINING, "Fruits-360 training images"
    return ROOT / "examples" / "fruits", "the pictures of examples/fruits, repeated"


def link(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, target)
    except OSError:  # another file system
        shutil.copyfile(file, target)


def make_tree(target: Path, count: int) -> None:
    """`count` pictures below `target`: evenly spaced ones of the source, or all of them as often
    as needed, each round in a folder of its own. They are in the page cache afterwards."""
    files = sorted(source()[0].rglob("*.jpg"))
    if count < len(files):
        files = [files[index * len(files) // count] for index in range(count)]
    for number, file in zip(range(count), itertools.cycle(files), strict=False):
        copy = target / f"round-{number // len(files):03d}" / file.parent.name / file.name
        link(file, copy)
        copy.read_bytes()
