# SPDX-License-Identifier: Apache-2.0
"""Photos as people have them: Lite0, several layers and views, colour; any size and kind."""

import csv
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from harness import FRUITS, ROOT, pick
from PIL import Image

LITE0 = ["--model", "lite0", "--input-size", "64", "--layer", "stage3,stage5,feat", "--pool", "avg",
         "--precision", "f32"]  # fmt: skip
COLUMNS = [40, 112, 1280, 209]


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return pick(tmp_path_factory.mktemp("photos") / "in", 20)


@pytest.fixture(scope="module")
def trained(pomona, photos):
    """A head straight from photos, and the rows that it was trained on."""
    head, rows = photos.parent / "head", photos.parent / "rows"
    done = pomona("train", photos, "--target", "label", "--out", head, "--rows", rows, *LITE0,
                  "--views", "mirror", "--descriptors", "network,colour", "--white-balance",
                  "grey-world", "--root", "--l2")  # fmt: skip
    assert "20 classes from 40 pictures" in done.stdout
    return head, rows


def test_a_head_knows_the_parts_of_its_rows(pomona, trained, tmp_path):
    head, rows = trained
    text = json.loads((head / "head.json").read_text())
    assert text["parts"] == COLUMNS
    assert text["columns"] == sum(COLUMNS)
    file = rows / "features" / "part-00000.parquet"
    parts = json.loads(pq.read_schema(file).metadata[b"pomona.parts"])
    names = ["stage3", "stage5", "feat", "colour"]
    assert [(p["name"], p["columns"]) for p in parts] == list(zip(names, COLUMNS, strict=True))
    again = tmp_path / "again"
    pomona("train", rows, "--target", "label", "--out", again, "--root", "--l2", "--quiet")
    assert (again / "head.safetensors").read_bytes() == (head / "head.safetensors").read_bytes()


def test_predict_makes_rows_as_the_training_did(pomona, photos, trained, tmp_path):
    head, rows = trained
    out = tmp_path / "out"
    pomona("predict", photos, "--head", head, "--out", out, "--quiet")
    for name in ("plan.json", "features/part-00000.parquet"):
        assert (out / name).read_bytes() == (rows / name).read_bytes()
    answers = pq.read_table(out / "answers" / "part-00000.parquet").to_pylist()
    right = sum(row["label"] == row["path"].split("/")[0] for row in answers)
    assert right >= 38  # its own training


def test_evaluate_makes_rows_as_the_training_did(pomona, photos, trained, tmp_path):
    head, rows = trained
    (tmp_path / "in").mkdir()
    for folder in sorted(photos.iterdir()):
        (tmp_path / "in" / folder.name).symlink_to(folder)
    of_rows = pomona("evaluate", rows, "--head", head, "--json").stdout
    assert pomona("evaluate", tmp_path / "in", "--head", head, "--json").stdout == of_rows
    unlabelled = next(photos.iterdir())
    failed = pomona("evaluate", unlabelled, "--head", head, code=1).stderr
    assert f"{unlabelled}: no picture has a label" in failed


def test_heads_are_built_in(pomona, tmp_path):
    noise = tmp_path / "noise.png"
    pixels = np.random.default_rng(1).integers(0, 256, (80, 80, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(noise)
    other = json.loads(pomona("predict", noise, "--json").stdout)
    assert not other["fruit"]["known"] and not other["variety"]["known"]
    with (ROOT / "assets" / "taxonomy" / "fruits.csv").open() as file:
        fruit_of = {row["label"]: row["fruit"] for row in csv.DictReader(file)}
    done = pomona("predict", FRUITS, "--json")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    right = sum(one["fruit"]["answer"] == fruit_of[one["path"].split("/")[0]] for one in found)
    assert len(found) == 282 and right > 0.9 * 282
    assert "health (of Apple); built in" in pomona("predict", noise).stderr
    assert {one["maturity"]["answer"] for one in found if "Avocado ripe 1" in one["path"]} == {
        "ripe"
    }
    assert {one["maturity"]["answer"] for one in found if "Cucumber 1" in one["path"]} == {"unripe"}
    for one in found:  # nothing is said of fruits that the heads were not trained on
        for target, fruits in (("maturity", ["Avocado", "Cucumber", "Tomato"]),
                               ("health", ["Apple"])):  # fmt: skip
            told = one[target]
            if one["fruit"]["known"] and one["fruit"]["answer"] in fruits:
                assert told["answer"] in told["candidates"]
            else:
                assert told == {"answer": "unknown", "probability": None, "known": False,
                                "candidates": [], "applies_to": fruits}  # fmt: skip


def test_photos_of_every_kind_are_answered_or_named(pomona, trained, tmp_path):
    head, _ = trained
    fruit = Image.open(sorted(FRUITS.glob("*/*.jpg"))[0]).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    fruit.resize((900, 700)).save(tmp_path / "phone.jpg", exif=exif)
    fruit.convert("L").save(tmp_path / "grey.png")
    clear = fruit.convert("RGBA")
    clear.putalpha(Image.fromarray(np.tri(100, dtype=np.uint8) * 255))
    clear.save(tmp_path / "clear.png")
    fruit.resize((3000, 40)).save(tmp_path / "panorama.png")
    fruit.resize((1, 1)).save(tmp_path / "dot.png")
    Image.new("RGB", (50, 50), "white").save(tmp_path / "empty.png")
    (tmp_path / "clip.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(200))
    named = sorted(str(path) for path in tmp_path.iterdir())
    done = pomona("predict", *named, "--head", head, "--json")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(line["path"] for line in found) == [n for n in named if "clip" not in n]
    assert "clip.mp4" in done.stderr


def test_what_is_not_used_is_not_in_the_plan(pomona, photos, tmp_path):
    pomona("extract", photos, "--out", tmp_path / "plain", "--limit", "2", "--weights", "none",
           "--input-size", "32", "--quiet")  # fmt: skip
    contract = json.loads((tmp_path / "plain" / "plan.json").read_text())["contract"]
    assert not {"views", "colour", "white_balance"} & set(contract)
    metadata = pq.read_schema(tmp_path / "plain" / "features" / "part-00000.parquet").metadata
    assert b"pomona.parts" not in metadata


def test_lite0_is_shown_and_other_views_are_other_plans(pomona, photos, tmp_path):
    text = pomona("info", "lite0", "--input-size", "320").stdout
    assert 'Model: "lite0"' in text
    assert "(None, 20, 20, 80)" in text
    out = tmp_path / "out"
    pomona("run", photos, "--out", out, *LITE0, "--limit", "6", "--quiet")
    other = pomona("run", photos, "--out", out, *LITE0, "--limit", "6", "--views", "seven", code=1)
    assert "contract.views: (absent) there, seven here" in other.stderr
    fused = pomona("export", out, "--to", "onnx", "--fuse", "--out", tmp_path / "f.onnx", code=1)
    assert "several layers" in fused.stderr
