# SPDX-License-Identifier: Apache-2.0
"""Several fruits in one photo: what `pomona predict` finds, against boxes and names.

    fruits_in_photos.py [--pomona PROGRAM] [DATA]

DATA has `scenes` (photos with boxes of apple, banana and orange) and `multi-fruit` (photos named
after what they show). Prints, with 95 % intervals from 2,000 resamplings of the photos:
- mAP at an intersection over union of 0.5, the three kinds named (--kinds) and every kind allowed
- the mean error of the count of fruits in a photo
- mAP of each half, and of each fifth, of `scenes` by a head that learned from the boxes of the rest
- F1 of the fruits in the names of `multi-fruit`, every kind allowed
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
KINDS = ("Apple", "Banana", "Orange")
WORDS = {
    "cocos": "Coconut",
    "dates": "Date",
    "tamarilo": "Tamarillo",
    "maracuja": "Passion fruit",
    "mandarine": "Mandarin",
    "cherries": "Cherry",
}
Box = tuple[float, float, float, float]


def answers(pomona: str, folder: Path, *options: str) -> dict[str, dict]:
    with tempfile.TemporaryDirectory() as work:
        photos = sorted(str(p) for p in folder.glob("*.jpg"))
        command = [pomona, "predict", *photos, "--json", *options]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {Path(row["path"]).name: row for row in rows}


def trained_on_boxes(pomona: str, scenes: Path, parts: int) -> dict[str, dict]:
    """The answers for every photo with boxes, by a head of the other parts' boxes."""
    files = sorted(
        json.loads((scenes / "tagged-images.json").read_text())["files"],
        key=lambda entry: entry["filename"],
    )
    rows = {}
    for part in range(parts):
        shown = [entry for i, entry in enumerate(files) if i % parts != part]
        kept = files[part::parts]
        with tempfile.TemporaryDirectory() as work:
            seen, unseen, head = (Path(work) / name for name in ("seen", "unseen", "head"))
            for folder, entries in ((seen, shown), (unseen, kept)):
                folder.mkdir()
                for entry in entries:
                    (folder / entry["filename"]).symlink_to(scenes / entry["filename"])
            boxes = Path(work) / "boxes.json"
            boxes.write_text(json.dumps({"files": shown}))
            command = [pomona, "train", seen, "--boxes", boxes, "--out", head, "--quiet"]
            options = ["--model", "lite0", "--precision", "f32", "--root", "--l2"]
            subprocess.run([*command, *options], check=True)
            rows |= answers(pomona, unseen, "--head", str(head))
    for row in rows.values():
        for fruit in row["fruits"]:
            fruit["fruit"] = fruit["label"] | {"answer": fruit["label"]["answer"].capitalize()}
    return rows


def overlap(a: Box, b: Box) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0
    both = width * height
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def box_of(fruit: dict) -> Box:
    return tuple(fruit["box"][side] for side in ("left", "top", "right", "bottom"))


def average_precision(photos: list[str], kind: str, truth: dict, rows: dict) -> float | None:
    """The area under the precision envelope (PASCAL VOC 2010)."""
    boxes = [[box for word, box in truth[p] if word == kind] for p in photos]
    total = sum(map(len, boxes))
    if total == 0:
        return None
    found = [
        (-f["fruit"]["probability"], i, box_of(f))
        for i, p in enumerate(photos)
        for f in rows[p]["fruits"]
        if f["fruit"]["answer"] == kind
    ]
    taken: set[tuple[int, int]] = set()
    right = []
    for _, i, box in sorted(found):
        best = max(range(len(boxes[i])), key=lambda j: overlap(box, boxes[i][j]), default=None)
        hit = best is not None and overlap(box, boxes[i][best]) >= 0.5 and (i, best) not in taken
        if hit:
            taken.add((i, best))
        right.append(hit)
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(envelope[np.array(right, bool)].sum() / total)


def mean_ap(photos: list[str], truth: dict, rows: dict) -> float:
    each = [average_precision(photos, kind, truth, rows) for kind in KINDS]
    return float(np.mean([ap for ap in each if ap is not None]))


def count_error(photos: list[str], truth: dict, rows: dict) -> float:
    return float(np.mean([abs(len(rows[p]["fruits"]) - len(truth[p])) for p in photos]))


def kinds_named(name: str, classes: list[str]) -> set[str]:
    words = set()
    for part in re.sub(r"\(.*?\)", "", Path(name).stem.lower()).split("_"):
        word = re.sub(r"\d+$", "", part)
        tried = (word, word.removesuffix("s"), word.removesuffix("es"), word[:-3] + "y")
        match = next((c for c in classes for t in tried if c.lower() == t), WORDS.get(word))
        if match:
            words.add(match)
        elif word:
            sys.exit(f"{name}: what is {word}?")
    return words


def f1(photos: list[str], named: dict, rows: dict) -> float:
    said = {p: set(rows[p]["counts"]) for p in photos}
    hits = sum(len(said[p] & named[p]) for p in photos)
    return 2 * hits / max(1, sum(len(said[p]) + len(named[p]) for p in photos))


def told(what: str, photos: list[str], figure: Callable[..., float], *data: dict) -> None:
    random = np.random.default_rng(1)
    again = [figure(list(random.choice(photos, len(photos))), *data) for _ in range(2000)]
    low, high = np.percentile(again, (2.5, 97.5))
    print(f"{what}: {figure(photos, *data):.3f} ({low:.2f} to {high:.2f}, {len(photos)} photos)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--pomona", default=str(ROOT / "build/release/bin/pomona"))
    args = parser.parse_args()
    scenes, baskets = args.data / "scenes", args.data / "multi-fruit"
    truth: dict[str, list[tuple[str, Box]]] = {}
    narrowed = answers(args.pomona, scenes, "--kinds", ",".join(KINDS))
    for entry in json.loads((scenes / "tagged-images.json").read_text())["files"]:
        name = entry["filename"]
        _, _, width, height = box_of({"box": size_of(scenes / name)})
        truth[name] = [
            (
                t["tag"].capitalize(),
                (
                    t["left"] * width,
                    t["top"] * height,
                    (t["left"] + t["width"]) * width,
                    (t["top"] + t["height"]) * height,
                ),
            )
            for t in entry["tags"]
        ]
    photos = sorted(truth)
    told("mAP, three kinds named", photos, mean_ap, truth, narrowed)
    start = time.monotonic()
    free = answers(args.pomona, scenes)
    seconds = time.monotonic() - start
    for parts in (2, 5):
        boxed = trained_on_boxes(args.pomona, scenes, parts)
        told(f"mAP, trained on {parts - 1}/{parts} of the boxes", photos, mean_ap, truth, boxed)
        told("mean error of the count, trained so", photos, count_error, truth, boxed)
    told("mAP, every kind allowed", photos, mean_ap, truth, free)
    told("mean error of the count", photos, count_error, truth, free)
    print(f"{seconds / len(photos):.2f} s a photo on plain ground")
    classes = json.loads((ROOT / "assets/heads/fruit/head.json").read_text())["classes"]
    start = time.monotonic()
    rows = answers(args.pomona, baskets)
    seconds = time.monotonic() - start
    named = {p: kinds_named(p, classes) for p in rows}
    told("F1 of the kinds in a basket", sorted(rows), f1, named, rows)
    print(f"{seconds / len(rows):.2f} s a photo without plain ground")


def size_of(path: Path) -> dict[str, int]:
    from PIL import Image

    with Image.open(path) as photo:
        return {"left": 0, "top": 0, "right": photo.width, "bottom": photo.height}


if __name__ == "__main__":
    main()
