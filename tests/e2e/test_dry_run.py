# SPDX-License-Identifier: Apache-2.0
"""`--dry-run`: says what the run does, which is then counted, and writes nothing."""

import json
import shutil

import pytest
from harness import QUICK, manifest, tree

SMALL = [*QUICK, "--shard-size", "16", "--block-shards", "2"]


def forecast(pomona, *args):
    lines = pomona("run", *args, "--dry-run", "--json").stdout.splitlines()
    last = json.loads(lines[-1])
    assert last["event"] == "forecast"
    return last


def folder_bytes(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def test_what_is_foretold_is_what_is_done(pomona, fruits, plain_run, tmp_path):
    told = forecast(pomona, fruits, "--out", tmp_path / "out", *SMALL)
    assert list(tmp_path.iterdir()) == []
    done = manifest(plain_run)
    for name in ("images", "shards", "blocks", "generation", "feature_dim", "components"):
        assert told[name] == done[name], name
    assert told["state"] == "new"
    assert told["new_images"] == told["images_to_do"] == 48
    assert told["source_bytes"] == folder_bytes(fruits)
    tasks = {name: told[f"{name}_tasks"] for name in ("extract", "moments", "merge", "transform")}
    assert tasks == {"extract": 3, "moments": 2, "merge": 0, "transform": 3}
    assert told["tasks"] == 8
    # Upper bounds: zeros are packed.
    for name in ("features", "moments"):
        written = folder_bytes(plain_run / name)
        assert 0.05 * told[f"{name}_bytes"] < written < told[f"{name}_bytes"], name
    assert "hours" not in told


def test_in_words(pomona, fruits, tmp_path):
    args = [fruits, "--out", tmp_path / "out", *SMALL]
    text = pomona("run", *args, "--dry-run", "--rate", "2").stdout
    assert text.startswith("dry run: nothing was written\n")
    assert "48 images" in text and "nothing yet" in text
    assert "8 tasks: 3 extract shards, 2 block moments, 3 transform" in text
    assert "24 s of extraction at 2.0 images/s (--rate)" in text
    assert "not known: --rate N" in pomona("run", *args, "--dry-run").stdout
    assert list(tmp_path.iterdir()) == []


def test_a_destination_that_is_there_is_left_as_it_is(pomona, fruits, plain_run, tmp_path):
    """Nothing to do; new images; a run that was killed; --overwrite; other settings."""
    out = tmp_path / "out"
    shutil.copytree(plain_run, out)
    before = {**tree(out), "manifest": (out / "manifest.json").read_text()}
    done = forecast(pomona, fruits, "--out", out, *SMALL)
    assert (done["state"], done["tasks"]) == ("complete", 0)
    anew = forecast(pomona, fruits, "--out", out, *SMALL, "--overwrite")
    assert (anew["state"], anew["tasks"]) == ("new", 8)
    more = tmp_path / "more"
    shutil.copytree(fruits, more)
    for number in range(17):
        image = next(more.rglob("*.jpg"))
        shutil.copy2(image, image.with_name(f"zz{number}.jpg"))
    grown = forecast(pomona, more, "--out", out, *SMALL)
    assert (grown["images"], grown["new_images"], grown["generation"]) == (65, 17, 1)
    assert (grown["extract_tasks"], grown["moments_tasks"]) == (2, 1)
    assert grown["transform_tasks"] == grown["shards"] == 5
    # The speed of the run that is there.
    run = manifest(plain_run)["runs"][-1]
    rate = run["images"] / run["seconds"]["extract"]
    assert grown["images_per_second"] == pytest.approx(rate)
    assert grown["hours"] == pytest.approx(grown["images_to_do"] / rate / 3600)
    assert str(out) in grown["rate_is"]
    other = pomona("run", fruits, "--out", out, "--dry-run", "--input-size", "64", code=1)
    assert "was made with other settings" in other.stderr
    (out / "manifest.json").unlink()
    (out / "rejects/part-00001.parquet").unlink()
    shutil.rmtree(out / "reducer")
    begun = forecast(pomona, fruits, "--out", out, *SMALL)
    assert (begun["state"], begun["extract_tasks"], begun["images_to_do"]) == ("begun", 1, 16)
    shutil.rmtree(out)
    shutil.copytree(plain_run, out)
    assert {**tree(out), "manifest": (out / "manifest.json").read_text()} == before


def test_the_speed_of_another_run(pomona, fruits, plain_run, tmp_path):
    args = [fruits, "--out", tmp_path / "out", *SMALL]
    told = forecast(pomona, *args, "--rate", plain_run)
    assert told["images_per_second"] > 0
    assert told["rate_is"] == f"the last run in {plain_run}"
    no = pomona("run", *args, "--dry-run", "--rate", tmp_path, code=1)
    assert f"--rate {tmp_path}: no manifest.json there" in no.stderr
    assert "above 0" in pomona("run", *args, "--dry-run", "--rate", "0", code=1).stderr
    assert "--dry-run" in pomona("run", *args, "--rate", "5", code=2).stderr


@pytest.mark.parametrize("ending", ["txt", "csv"])
@pytest.mark.parametrize("plain", [True, False])
def test_lists_count_as_in_a_run(pomona, fruits, tmp_path, ending, plain):
    """Sorted and plain ones are streamed; a duplicate, or a path written twice, is not."""
    names = sorted(file.relative_to(fruits).as_posix() for file in fruits.rglob("*.jpg"))
    lines = names if plain else [*names[::-1], names[0], "./" + names[1]]
    shutil.copytree(fruits, tmp_path / "src")
    made = tmp_path / "src" / f"list.{ending}"
    made.write_text("\n".join(["path", *lines] if ending == "csv" else lines) + "\n")
    told = forecast(pomona, made, "--out", tmp_path / "out", *SMALL)
    assert (told["images"], told["tasks"]) == (48, 8)
    assert told["source_bytes"] == folder_bytes(fruits)


def test_on_a_cluster_groups_of_blocks_are_tasks(pomona, fruits, tmp_path):
    """Without asking the cluster."""
    args = ["--engine", "spark", "--master", "spark://127.0.0.1:1", "--input-size", "32"]
    args += ["--shard-size", "2", "--block-shards", "1"]
    told = forecast(pomona, fruits, "--out", tmp_path / "out", *args)
    assert told["merge_tasks"] == 2
    assert told["tasks"] == 24 + 24 + 2 + 24


def test_an_onnx_network_and_an_empty_source(pomona, fruits, tmp_path):
    tiny = "tests/golden/model/tiny.onnx"
    told = forecast(pomona, fruits, "--out", tmp_path / "out", "--model", tiny)
    assert told["feature_dim"] > 0
    (tmp_path / "empty").mkdir()
    done = pomona("run", tmp_path / "empty", "--out", tmp_path / "out", "--dry-run", code=1)
    assert "no images in" in done.stderr
    assert not (tmp_path / "out").exists()
