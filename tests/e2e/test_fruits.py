# SPDX-License-Identifier: Apache-2.0
"""Several fruits in one photo: which are where, in answers, tables and jobs."""

import base64
import csv
import json
from xml.etree import ElementTree

import numpy as np
import pyarrow.parquet as pq
import pytest
from harness import ROOT, overlap
from PIL import Image

PHOTOS = ROOT / "examples" / "photos"
# Of image11.jpg, by the people who took it: left, top, right, bottom in pixels of 1024 x 768.
BOXES = {"Orange": (513.8, 108.5, 821.2, 432.1), "Banana": (120.4, 207.1, 548.6, 690.7)}


@pytest.fixture(scope="module")
def named(pomona):
    """image11.jpg, where an orange and a banana touch, with the kinds named."""
    done = pomona("predict", PHOTOS / "image11.jpg", "--kinds", "banana,Orange,apple", "--json")
    return json.loads(done.stdout)


def test_touching_fruits_are_told_apart(named):
    assert named["counts"] == {"Orange": 1, "Banana": 1}
    for fruit in named["fruits"]:
        box = [fruit["box"][side] for side in ("left", "top", "right", "bottom")]
        assert overlap(box, BOXES[fruit["fruit"]["answer"]]) > 0.6
        outline = np.array(fruit["outline"]).reshape(-1, 2)
        assert np.abs(outline.min(0) - box[:2]).max() <= 5
        assert np.abs(outline.max(0) - box[2:]).max() <= 5


def test_people_see_them_below_their_photo(pomona):
    text = pomona("predict", PHOTOS / "image29.jpg").stdout.splitlines()
    assert "image29.jpg" in text[1]
    assert text[2].startswith("  1 at 166,90 to 784,739")
    assert "Apple" in text[2]
    # One answer, where that is asked for.
    assert (
        len(pomona("predict", PHOTOS / "image29.jpg", "--regions", "photo").stdout.split("\n")) == 3
    )


def test_windows_find_fruit_on_any_ground(pomona):
    photo = PHOTOS / "mangos_bananas(lady_finger).jpg"
    row = json.loads(pomona("predict", photo, "--json").stdout)
    assert row["counts"]["Banana"] >= 2
    assert {fruit["region"] for fruit in row["fruits"]} == {"window"}
    with Image.open(photo) as picture:
        for fruit in row["fruits"]:
            box = fruit["box"]
            assert 0 <= box["left"] < box["right"] <= picture.width
            assert 0 <= box["top"] < box["bottom"] <= picture.height


def test_a_job_keeps_a_row_a_fruit(pomona, tmp_path):
    out = tmp_path / "out"
    pomona("predict", PHOTOS, "--out", out, "--quiet")
    answers = pq.read_table(out / "answers" / "part-00000.parquet").to_pylist()
    by_photo = {}
    for row in answers:
        by_photo.setdefault(row["path"], []).append(row)
    assert list(by_photo) == sorted(p.name for p in PHOTOS.iterdir())
    for rows in by_photo.values():
        assert [row["fruit_index"] for row in rows] == list(range(len(rows)))
        assert rows[0]["region"] == "photo"
    with (out / "answers.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [line["fruit"] for line in lines] == [row["fruit"] for row in answers]
    assert "outline" not in lines[0]
    # Again: nothing is computed, and the rows answer for narrower questions.
    before = (out / "features" / "part-00000.parquet").stat().st_mtime_ns
    pomona("predict", PHOTOS, "--out", out, "--quiet")
    assert (out / "features" / "part-00000.parquet").stat().st_mtime_ns == before
    narrow = pomona("predict", out, "--kinds", "Banana", "--json").stdout.splitlines()
    assert {json.loads(line)["fruit"]["answer"] for line in narrow} == {"Banana"}


def test_rows_of_photos_are_as_without_regions(pomona, tmp_path):
    lite0 = ["--model", "lite0", "--precision", "f32", "--quiet"]
    pomona("extract", PHOTOS, "--out", tmp_path / "photo", *lite0)
    pomona("extract", PHOTOS, "--out", tmp_path / "fruits", *lite0, "--regions", "fruits")
    pomona("fit", tmp_path / "fruits", "--out", tmp_path / "reducer", "--components", 2)
    one, many = (
        pq.read_table(tmp_path / name / "features" / "part-00000.parquet").to_pylist()
        for name in ("photo", "fruits")
    )
    refused = pomona("transform", tmp_path / "fruits", "--reducer", tmp_path / "reducer",
                     "--out", tmp_path / "table", code=1).stderr  # fmt: skip
    assert "a row for each region" in refused and "without --regions fruits" in refused
    whole = [row for row in many if row["fruit_index"] == 0]
    assert len(many) > 3 * len(one)
    for a, b in zip(one, whole, strict=True):
        assert a["path"] == b["path"]
        assert a["features"] == b["features"]
    plans = [
        json.loads((tmp_path / name / "plan.json").read_text()) for name in ("photo", "fruits")
    ]
    assert [plan["contract"].get("regions") for plan in plans] == [None, "fruits-1"]


def test_answers_are_drawn_on_photos(pomona, tmp_path):
    seen = tmp_path / "seen"
    photo = PHOTOS / "image11.jpg"
    done = pomona("predict", photo, "--kinds", "banana,orange", "--annotate", seen)
    assert f"1 photos in {seen}" in done.stderr
    (file,) = seen.iterdir()
    assert file.name == "image11.jpg.svg"
    root = ElementTree.parse(file).getroot()
    space = "{http://www.w3.org/2000/svg}"
    kind, _, photo64 = root.find(f"{space}image").get("href").partition(";base64,")
    assert kind == "data:image/jpeg"
    assert base64.b64decode(photo64) == photo.read_bytes()
    labels = [text.text for text in root.iter(f"{space}text")]
    assert [label.split()[0] for label in labels] == ["Orange", "Banana"]
    assert len(list(root.iter(f"{space}polygon"))) == 2
    # A folder's photos lie as they do there; rows and single answers have nothing to draw on.
    folder = tmp_path / "in" / "deep"
    folder.mkdir(parents=True)
    (folder / "a & b.jpg").write_bytes(photo.read_bytes())
    out = tmp_path / "out"
    pomona("predict", tmp_path / "in", "--annotate", seen, "--out", out, "--quiet")
    assert "a &amp; b.jpg</title>" in (seen / "deep" / "a & b.jpg.svg").read_text()
    failed = pomona("predict", out, "--annotate", seen, code=1).stderr
    assert "holds rows: give the photos" in failed
    failed = pomona("predict", photo, "--annotate", seen, "--regions", "photo", code=1).stderr
    assert "give --regions fruits too" in failed


def odd(name, folder):
    rng = np.random.default_rng(1)
    path = folder / f"{name}.png"
    if name == "noise":
        pixels = rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    elif name == "dot":
        pixels = np.zeros((1, 1, 3), np.uint8)
    elif name == "panorama":
        pixels = rng.integers(0, 256, (60, 20000, 3), dtype=np.uint8)
    elif name == "grey":
        with Image.open(PHOTOS / "image29.jpg") as photo:
            pixels = np.asarray(photo.convert("L"))
    elif name == "hundred":
        pixels = np.full((1200, 1200, 3), 255, np.uint8)
        y, x = np.mgrid[0:1000, 0:1000]
        pixels[100:-100, 100:-100][(x % 100 - 50) ** 2 + (y % 100 - 50) ** 2 < 1600] = (200, 30, 30)
    else:  # transparent: an apple on nothing
        with Image.open(PHOTOS / "image29.jpg") as photo:
            pixels = np.dstack([np.asarray(photo), np.zeros((768, 1024), np.uint8)])
            pixels[100:730, 180:770, 3] = 255
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize(
    ("name", "fruits"),
    [("noise", 0), ("dot", 0), ("panorama", 0), ("grey", 1), ("hundred", 100), ("transparent", 1)],
)
def test_odd_photos_get_honest_answers(pomona, tmp_path, name, fruits):
    row = json.loads(pomona("predict", odd(name, tmp_path), "--json").stdout)
    assert len(row["fruits"]) == fruits
    assert sum(row["counts"].values()) == sum(f["fruit"]["known"] for f in row["fruits"])


def test_errors_say_what_to_do(pomona, tmp_path):
    photo = PHOTOS / "image29.jpg"
    assert "no head knows the kind 'quinoa'" in pomona(
        "predict", photo, "--kinds", "quinoa", code=1).stderr  # fmt: skip
    assert "photo, fruits" in pomona("predict", photo, "--regions", "some", code=2).stderr
    assert "--regions" in pomona(
        "run", PHOTOS, "--out", tmp_path / "o", "--regions", "fruits", code=2).stderr  # fmt: skip
