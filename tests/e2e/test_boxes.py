# SPDX-License-Identifier: Apache-2.0
"""Training from a user's boxes: what they teach about other photos."""

import csv
import json

import numpy as np
import pytest
from harness import FRUITS, fails, overlap
from PIL import Image

KINDS = ("Banana 1", "Tomato 1", "Kiwi 1")
HOW = ["--model", "lite0", "--precision", "f32", "--root", "--l2"]
HEADER = ["path", "label", "left", "top", "right", "bottom"]


def scene(seed, folder):
    """A photo of three fruits on white, with the boxes that a user would draw: 10 pixels wider."""
    random = np.random.default_rng(seed)
    photo = Image.new("RGB", (720, 300), "white")
    boxes = []
    for place, kind in enumerate(random.choice(KINDS, 3)):
        files = sorted((FRUITS / kind).glob("*.jpg"))
        with Image.open(files[random.integers(len(files))]) as fruit:
            side = int(random.integers(150, 200))
            left, top = 20 + 240 * place, int(random.integers(20, 80))
            there = np.argwhere(np.asarray(fruit.convert("L")) < 225) * side / 100
            photo.paste(fruit.resize((side, side), Image.Resampling.BICUBIC), (left, top))
        (y0, x0), (y1, x1) = there.min(0), there.max(0)
        box = (left + x0 - 10, top + y0 - 10, left + x1 + 10, top + y1 + 10)
        boxes.append((str(kind), [round(float(side), 1) for side in box]))
    photo.save(folder / f"{seed}.png")
    return [(f"{seed}.png", kind, *box) for kind, box in boxes]


@pytest.fixture(scope="module")
def taught(pomona, tmp_path_factory):
    """(folder, boxes of photos that were not shown, what train printed)."""
    folder = tmp_path_factory.mktemp("boxes")
    (folder / "shown").mkdir()
    (folder / "new").mkdir()
    with (folder / "boxes.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(HEADER)
        for seed in range(8):
            rows.writerows(scene(seed, folder / "shown"))
    scene(99, folder / "shown")  # of which the file says nothing
    new = [row for seed in range(20, 24) for row in scene(seed, folder / "new")]
    done = pomona("train", folder / "shown", "--boxes", folder / "boxes.csv",
                  "--out", folder / "head", *HOW)  # fmt: skip
    return folder, new, done.stdout


def test_boxes_and_words_are_found_in_other_photos(pomona, taught):
    folder, new, _ = taught
    photos = sorted((folder / "new").glob("*.png"))
    lines = pomona("predict", *photos, "--head", folder / "head", "--json").stdout.splitlines()
    found = {str(row["path"]).rsplit("/", 1)[-1]: row["fruits"] for row in map(json.loads, lines)}
    assert sum(map(len, found.values())) == len(new)
    best = []
    for path, kind, *box in new:
        shares = {
            overlap(box, [fruit["box"][side] for side in HEADER[2:]]): fruit["label"]["answer"]
            for fruit in found[path]
        }
        assert shares[max(shares)] == kind
        best.append(max(shares))
    assert min(best) > 0.7
    assert np.mean(best) > 0.88, "with the margin of the user's boxes"


def test_train_tells_what_the_boxes_met(taught):
    folder, _, text = taught
    assert "24 in 8 photos; 24 meet a region that was found, 0 meet none" in text
    assert "1 photo without boxes" in text
    assert "held out, by photo" in text
    head = json.loads((folder / "head/head.json").read_text())
    kept = json.loads(head["metadata"]["boxes"])
    assert kept["pairs"] == 24 and head["metadata"]["group_by"] == "photo"
    left, top, right, bottom = kept["shapes"]
    assert left < -0.02 and top < -0.02 and right > 0.02 and bottom > 0.02


def test_kept_rows_teach_the_same(pomona, taught, tmp_path):
    folder, _, _ = taught
    rows = tmp_path / "rows"
    args = ("train", folder / "shown", "--boxes", folder / "boxes.csv", *HOW)
    pomona(*args, "--out", tmp_path / "one", "--rows", rows)
    pomona("train", rows, "--boxes", folder / "boxes.csv", "--out", tmp_path / "two",
           "--root", "--l2")  # fmt: skip
    one, two, before = (
        (place / "head.safetensors").read_bytes()
        for place in (tmp_path / "one", tmp_path / "two", folder / "head")
    )
    assert one == two == before


def test_what_boxes_cannot_be_is_said(pomona, taught, tmp_path):
    folder, _, _ = taught

    def refused(text, naming, *options, code=1):
        file = tmp_path / "boxes.csv"
        file.write_text("path,label,left,top,right,bottom\n" + text)
        fails(pomona, "train", folder / "shown", "--boxes", file, "--out", tmp_path / "h",
              "--quiet", *HOW, *options, naming=naming, code=code)  # fmt: skip

    good = "0.png,fig,20,20,200,200\n"
    refused(good + "nowhere.png,fig,1,1,9,9\n", ["line 3", "'nowhere.png'"])
    refused(good + "1.png,fig,1,1,900,9\n", ["line 3", "right 900", "720 x 300"])
    refused(good + "1.png,,1,1,9,9\n", ["line 3", "label is empty"])
    refused(good + "1.png,fig,9,1,9,9\n", ["line 3", "without width"])
    refused(good, ["--augment", "--boxes"], "--augment", "shelf", code=2)
    refused(good, ["--boxes", "--target fruit"], "--target", "fruit", code=2)
    fails(pomona, "train", folder / "shown", "--boxes", tmp_path / "none.csv",
          "--out", tmp_path / "h", naming="none.csv")  # fmt: skip
    photos = tmp_path / "photos"
    pomona("extract", folder / "shown", "--out", photos, *HOW[:4])
    fails(pomona, "train", photos, "--boxes", folder / "boxes.csv", "--out", tmp_path / "h",
          naming="--regions fruits")  # fmt: skip
