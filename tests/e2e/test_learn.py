# SPDX-License-Identifier: Apache-2.0
"""pomona train, evaluate, predict: folders of photos become a head that answers for others."""

import csv
import json
import re
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest
from harness import FRUITS, pick
from PIL import Image


@pytest.fixture(scope="module")
def table(pomona, tmp_path_factory):
    """Rows of the bundled pictures: 141 folders of two."""
    out = tmp_path_factory.mktemp("learn") / "table"
    pomona("extract", FRUITS, "--out", out, "--precision", "f32", "--input-size", "64", "--quiet")
    return out


@pytest.fixture(scope="module")
def heads(pomona, table):
    """Heads for the fruit and for the folder."""
    found = {}
    for target in ("fruit", "label"):
        found[target] = table.parent / target
        pomona("train", table, "--target", target, "--out", found[target], "--l2",
               "--quiet")  # fmt: skip
    return found


def answers(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_trained_head_is_told_about(pomona, table, tmp_path):
    done = pomona("train", table, "--out", tmp_path / "h")
    assert "head         fruit, 69 classes from 282 pictures" in done.stdout
    assert done.stdout.count("shrinkage") == 7
    assert "held out, neighbours together" in done.stdout
    assert f"pomona predict PHOTO --head {tmp_path}/h" in done.stdout
    head = json.loads((tmp_path / "h" / "head.json").read_text())
    assert head["target"] == "fruit"
    assert len(head["classes"]) == 69
    assert head["columns"] == 2048
    held_out = json.loads(head["metadata"]["held_out"])
    # 69 kinds, of which each shows one or two pictures of every variety: chance is 0.05.
    assert held_out["accuracy"] > 0.3
    assert abs(held_out["coverage"] - 0.9) < 0.05


def test_the_same_rows_give_the_same_head(pomona, table, heads, tmp_path):
    for threads in ("1", "2"):
        pomona("train", table, "--target", "label", "--out", tmp_path / threads, "--l2",
               "--quiet", env={"OMP_NUM_THREADS": threads})  # fmt: skip
        first = (heads["label"] / "head.safetensors").read_bytes()
        assert (tmp_path / threads / "head.safetensors").read_bytes() == first


def test_a_softmax_is_trained_too(pomona, table, tmp_path):
    done = pomona("train", table, "--method", "softmax", "--penalty", "0.1", "--folds", "2",
                  "--out", tmp_path / "1")  # fmt: skip
    assert done.stdout.count("penalty") == 1
    head = json.loads((tmp_path / "1" / "head.json").read_text())
    assert head["method"] == "softmax"
    assert json.loads(head["metadata"]["held_out"])["accuracy"] > 0.2  # chance is 0.05
    pomona("train", table, "--method", "softmax", "--penalty", "0.1", "--folds", "2", "--quiet",
           "--out", tmp_path / "2", env={"OMP_NUM_THREADS": "1"})  # fmt: skip
    first, second = ((tmp_path / n / "head.safetensors").read_bytes() for n in "12")
    assert first == second
    figures = json.loads(pomona("evaluate", table, "--head", tmp_path / "1", "--json").stdout)
    assert figures["accuracy"] > 0.95  # its own training


def test_one_of_the_built_in_heads_is_taken_by_its_name(pomona):
    photo = sorted(FRUITS.glob("*/*.jpg"))[0]
    (row,) = answers(pomona("predict", photo, "--head", "fruit", "--json"))
    assert set(row) == {"path", "fruit"}


def test_info_tells_what_a_head_knows(pomona, heads, tmp_path):
    built_in = pomona("info", "maturity", env={"COLUMNS": "60"}).stdout
    assert "maturity, 2 classes, lda" in built_in and "ripe, unripe" in built_in
    assert "Avocado, Cucumber, Tomato" in built_in and "macro F1" in built_in
    own = heads["label"]
    for place in (own, own / "head.safetensors"):
        told = json.loads(pomona("info", place, "--json").stdout)
        assert told["kind"] == "head" and told["columns"] == 2048
        assert told["metadata"]["data"]["rows"] == 282
        assert len(told["metadata"]["data"]["sha256"]) == 64
        assert told["metadata"]["pomona.network"]["model"] == "vgg16"
        assert 0 <= told["metadata"]["held_out"]["accuracy"] <= 1
    assert "282 rows, sha256" in pomona("info", own).stdout
    damaged = tmp_path / "head.safetensors"
    damaged.write_bytes((own / "head.safetensors").read_bytes()[:-8])
    assert "head.safetensors" in pomona("info", damaged, code=1).stderr


def test_photos_get_answers(pomona, heads, tmp_path):
    photos = sorted(FRUITS.glob("*/*.jpg"))[::40]
    named = []
    for i, photo in enumerate(photos):
        named.append(tmp_path / f"my photo {i}.jpg")
        shutil.copy(photo, named[-1])
    done = pomona("predict", *named, "--head", heads["fruit"], "--head", heads["label"], "--json")
    found = {line["path"]: line for line in answers(done)}
    assert len(found) == len(photos)
    for i, photo in enumerate(photos):
        line = found[str(named[i])]
        # The head has seen this very picture.
        assert line["label"]["answer"] == photo.parent.name
        assert line["fruit"]["known"]
        assert line["fruit"]["answer"] in line["fruit"]["candidates"]
        assert 0 < line["fruit"]["probability"] <= 1
    text = pomona("predict", named[0], "--head", heads["fruit"], "--quiet").stdout
    assert text.splitlines()[0].split() == ["picture", "fruit", "sure", "or", "one", "of"]
    assert "my photo 0.jpg" in text


def test_what_is_no_fruit_is_not_known(pomona, heads, tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (100, 100, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    done = pomona("predict", tmp_path / "noise.png", "--head", heads["fruit"], "--json")
    assert not answers(done)[0]["fruit"]["known"]
    assert "? " in pomona("predict", tmp_path / "noise.png", "--head", heads["fruit"]).stdout


def test_a_folder_is_a_job(pomona, heads, tmp_path):
    photos = pick(tmp_path / "photos", 6)
    (photos / "bad.jpg").write_bytes(b"\xff\xd8 no picture")
    out = tmp_path / "out"
    for _ in range(2):  # again: nothing is computed twice, the answers are the same
        done = pomona("predict", photos, "--head", heads["fruit"], "--out", out)
        assert "bad.jpg" in done.stderr
        rows = pq.read_table(out / "answers" / "part-00000.parquet").to_pylist()
        assert len(rows) == 12
        assert list(rows[0]) == ["path", "fruit", "fruit_probability", "fruit_known",
                                 "fruit_candidates"]  # fmt: skip
        with (out / "answers.csv").open(encoding="utf-8") as file:
            lines = list(csv.DictReader(file))
        for row, line in zip(rows, lines, strict=True):
            assert line["path"] == row["path"]
            assert line["fruit"] == row["fruit"]
            assert line["fruit_candidates"].split("; ") == row["fruit_candidates"]
    # The rows of the job, asked once more: the run's folder, and its feature files.
    for place in (out, out / "features"):
        again = answers(pomona("predict", place, "--head", heads["fruit"], "--json"))
        assert [line["fruit"]["answer"] for line in again] == [row["fruit"] for row in rows]


def test_a_head_is_evaluated(pomona, table, heads, tmp_path):
    done = pomona("evaluate", table, "--head", heads["label"], "--json")
    figures = json.loads(done.stdout)
    assert figures["pictures"] == 282
    assert figures["accuracy"] > 0.99  # its own training
    assert len(figures["classes"]) == 141
    text = pomona("evaluate", table, "--head", heads["fruit"]).stdout
    assert "accuracy" in text
    assert "precision" in text
    mine = tmp_path / "mine.csv"
    mine.write_text("label,fruit\nApple 6,Apple\nBanana 1,Rocket\n")
    text = pomona("evaluate", table, "--head", heads["fruit"], "--taxonomy", mine).stdout
    assert "2 pictures of classes that the head does not have" in text
    assert "278 pictures whose label does not tell the fruit" in text


def test_a_page_holds_the_figures(pomona, table, heads, tmp_path):
    mine = tmp_path / "mine.csv"
    mine.write_text("label,fruit\nApple 6,Apple\nCherry 1,<Cherry>\nBanana 1,Rocket\n")
    page = tmp_path / "report.html"
    done = pomona("evaluate", table, "--head", heads["fruit"], "--taxonomy", mine, "--json",
                  "--html", page, "--csv", tmp_path / "csv")  # fmt: skip
    figures = json.loads(done.stdout)
    html = page.read_text(encoding="utf-8")
    embedded = re.search(r'<script type="application/json" id="figures">(.*?)</script>', html, re.S)
    assert json.loads(embedded[1]) == figures
    assert figures["other"]["pictures"] == 4
    assert 0 <= figures["other"]["auroc"] <= 1
    assert f"<b>{figures['pictures']}</b><span>pictures" in html
    assert sum(b["pictures"] for b in figures["calibration"]) == figures["pictures"]
    assert sum(figures["set_sizes"]) == figures["pictures"]
    assert "http" not in html.replace("http://www.w3.org", "")  # nothing is fetched
    assert html.count("<svg") == 4
    with (tmp_path / "csv" / "confusion.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[0][1:] == [row[0] for row in rows[1:]]
    assert sum(int(n) for row in rows[1:] for n in row[1:]) == figures["pictures"]
    with (tmp_path / "csv" / "classes.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["name"] for line in lines] == [c["name"] for c in figures["classes"]]
    again = pomona("evaluate", table, "--head", heads["fruit"], "--html", page, code=1)
    assert "is there already" in again.stderr


def test_specimens_of_the_training_are_told_apart(pomona, table, heads, tmp_path):
    def specimens(*more):
        done = pomona("evaluate", table, "--head", heads["label"], "--json", *more)
        return json.loads(done.stdout).get("specimens")

    assert specimens() is None
    copies = specimens("--training", table, "--near", "0.999999")
    assert (copies["near"], copies["same"]["pictures"]) == (282, 282)
    assert copies["other"] == {"pictures": 0}
    # The first picture of each of 141 folders as training: the second is another.
    first = tmp_path / "first"
    for folder in FRUITS.iterdir():
        if folder.is_dir():
            (first / folder.name).mkdir(parents=True)
            shutil.copy(min(folder.glob("*.jpg")), first / folder.name)
    pomona("extract", first, "--out", tmp_path / "half", "--precision", "f32", "--input-size", "64",
           "--quiet")  # fmt: skip
    half = specimens("--training", tmp_path / "half", "--near", "0.999999")
    assert (half["same"]["pictures"], half["other"]["pictures"]) == (141, 141)
    grouped = specimens("--training", tmp_path / "half", "--group-by", "^(.)", "--near", "1")
    assert grouped["by_group"] == 282
    text = pomona("evaluate", table, "--head", heads["label"], "--training", table).stdout
    assert "warning: 282 pictures show specimens of the training" in text


def test_a_users_taxonomy(pomona, table, tmp_path):
    mine = tmp_path / "mine.csv"
    mine.write_text(
        "label,maturity\nTomato not Ripened 1,unripe\nAvocado 1,unripe\n"
        "Avocado ripe 1,ripe\nTomato 1,ripe\nTomato 2,ripe\n"
    )
    done = pomona("train", table, "--target", "maturity", "--taxonomy", mine, "--out",
                  tmp_path / "h")  # fmt: skip
    assert "maturity, 2 classes from 10 pictures" in done.stdout
    assert "272 pictures of 136 labels that do not tell it" in done.stdout
    metadata = json.loads((tmp_path / "h" / "head.json").read_text())["metadata"]
    assert "applies_to" not in metadata  # its taxonomy does not tell the fruits


def test_a_head_of_maturity_answers_of_its_fruits(pomona, table, heads, tmp_path):
    pomona("train", table, "--target", "maturity", "--out", tmp_path / "h", "--quiet")
    metadata = json.loads((tmp_path / "h" / "head.json").read_text())["metadata"]
    assert json.loads(metadata["applies_to"]) == ["Avocado", "Cucumber", "Tomato"]
    both = pomona("predict", table, "--head", heads["fruit"], "--head", tmp_path / "h", "--out",
                  tmp_path / "out", "--json")  # fmt: skip
    for one in answers(both):
        fits = one["fruit"]["known"] and one["fruit"]["answer"] in ("Avocado", "Cucumber", "Tomato")
        assert (one["maturity"]["answer"] == "unknown") != fits
    with (tmp_path / "out" / "answers.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    unknown = [line for line in lines if line["maturity"] == "unknown"]
    assert unknown and all(line["maturity_probability"] == "" for line in unknown)
    # Alone it is asked by somebody who knows the fruit.
    alone = answers(pomona("predict", table, "--head", tmp_path / "h", "--json"))
    assert {one["maturity"]["answer"] for one in alone} == {"ripe", "unripe"}


def test_copies_on_other_backgrounds_are_learned_from(pomona, tmp_path):
    def train(name, *more, **how):
        done = pomona("train", photos, "--target", "label", *lite, "--l2", "--root", "--out",
                      tmp_path / name, *more, **how)  # fmt: skip
        return done, (tmp_path / name / "head.safetensors").read_bytes()

    photos = pick(tmp_path / "photos", 5)
    lite = ("--model", "lite0", "--input-size", "64", "--precision", "f32", "--rows",
            tmp_path / "rows")  # fmt: skip
    shelf = ("--augment", "shelf", "--copies", "2")
    _, plain = train("plain")
    done, first = train("first", *shelf)
    assert "augmented    20 copies beside them" in done.stdout
    assert "5 classes from 10 pictures" in done.stdout
    assert first != plain
    assert train("again", *shelf, env={"OMP_NUM_THREADS": "1"})[1] == first
    assert train("seed", *shelf, "--augment-seed", "2")[1] != first
    backgrounds = tmp_path / "backgrounds"
    backgrounds.mkdir()
    Image.new("RGB", (300, 200), (20, 90, 40)).save(backgrounds / "leaves.png")
    assert train("own", *shelf, "--backgrounds", backgrounds)[1] != first
    metadata = json.loads((tmp_path / "own" / "head.json").read_text())["metadata"]
    assert metadata["augment"] == "shelf, 2 copies, seed 1, own backgrounds"
    # The head is for pictures as they are.
    photo = next(photos.rglob("*.jpg"))
    answer = json.loads(pomona("predict", photo, "--head", tmp_path / "first", "--json").stdout)
    assert answer["label"]["answer"] == photo.parent.name
    empty = tmp_path / "empty"
    empty.mkdir()
    rows = pomona("train", tmp_path / "rows", *shelf, "--out", tmp_path / "h", code=1).stderr
    assert "--augment works on pictures" in rows
    more = ("--out", tmp_path / "h", *lite, "--target", "label")
    none = pomona("train", photos, *shelf, "--backgrounds", empty, *more, code=1).stderr
    assert "holds no picture that could be a background" in none
    many = pomona("train", photos, "--augment", "shelf", "--copies", "0", *more, code=2).stderr
    assert "copies 0: 1 to 100 needed" in many


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{table}", "--target", "colour"], ["colour", "fruit, variety, maturity"]),
        (["{table}", "--target", "health"], ["1 class", "two or more"]),
        (["{table}", "--taxonomy", "{none}"], ["taxonomy", "none.csv cannot be read"]),
        (["{table}", "--group-by", "("], ["regular expression"]),
        (["{table}", "--group-by", "(jpg)"], ["no class has two groups"]),
        (["{table}", "--folds", "1"], ["folds 1: 2 to 20"]),
        (["{table}", "--method", "forest"], ["'forest'", "lda, softmax"]),
        (["{table}", "--penalty", "0.1"], ["--penalty is for --method softmax"]),
        (["{table}", "--method", "softmax", "--penalty", "0"], ["penalty 0", "above 0"]),
        (["{table}", "--coverage", "120%"], ["120%"]),
        (["{empty}"], ["no images in the source"]),
    ],
)
def test_what_cannot_be_trained_is_told(pomona, table, tmp_path, arguments, words):
    empty = tmp_path / "empty"
    empty.mkdir()
    filled = [a.format(table=table, empty=empty, none=tmp_path / "none.csv") for a in arguments]
    done = pomona("train", *filled, "--out", tmp_path / "h", code=None)
    assert done.returncode in (1, 2)
    for word in words:
        assert word in done.stderr
    assert not (tmp_path / "h" / "head.safetensors").exists()


def test_what_cannot_be_answered_is_told(pomona, table, heads, tmp_path):
    def error(*arguments):
        return pomona("predict", *arguments, code=1).stderr

    photo = next(FRUITS.rglob("*.jpg"))
    fruit = heads["fruit"]
    assert "none.jpg is not there" in error(tmp_path / "none.jpg", "--head", fruit)
    assert "holds no head.safetensors" in error(photo, "--head", tmp_path)
    assert "two heads answer for the fruit" in error(photo, "--head", fruit, "--head", fruit)
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    assert "no picture could be used" in error(tmp_path / "bad.jpg", "--head", fruit)
    damaged = tmp_path / "head.safetensors"
    damaged.write_bytes((fruit / "head.safetensors").read_bytes()[:-5])
    assert "head.safetensors: " in error(photo, "--head", damaged)
    pomona("extract", pick(tmp_path / "few", 2), "--out", tmp_path / "small", "--input-size", "32",
           "--quiet")  # fmt: skip
    assert "trained on other features" in error(tmp_path / "small", "--head", fruit)
    taken = pomona("train", table, "--out", fruit, code=1).stderr
    assert "holds a head already" in taken
