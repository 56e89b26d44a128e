# SPDX-License-Identifier: Apache-2.0
"""The main job from the command line: what it writes, and that it writes it once."""

import json
import os
import shutil
import signal
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from harness import QUICK, ROOT, manifest, pick, tree

CPU_FLAGS = Path("/proc/cpuinfo").read_text(encoding="utf-8")
SHARDS = ["--shard-size", 16, "--block-shards", 2]


def reduced(out, generation=0):
    parts = sorted(out.glob(f"reduced/gen-{generation:04d}/*.parquet"))
    return ds.dataset(parts, format="parquet").to_table()


def features(out):
    table = ds.dataset(out / "features", format="parquet").to_table()
    dim = table.schema.field("features").type.list_size
    flat = table["features"].combine_chunks().flatten().to_numpy()
    return table, flat.reshape(-1, dim)


def test_writes_the_layout(plain_run, fruits):
    names = set(tree(plain_run))
    assert {"plan.json", "listing/gen-0000/listing.json"} <= names
    for shard in range(3):
        assert f"features/part-{shard:05d}.parquet" in names
        assert f"rejects/part-{shard:05d}.parquet" in names
        assert f"reduced/gen-0000/part-{shard:05d}.parquet" in names
    assert {"moments/block-0000.bin", "moments/block-0001.bin"} <= names
    assert "reducer/gen-0000/reducer.safetensors" in names
    m = manifest(plain_run)
    assert m["complete"] and m["images"] == m["rows"] == 48 and m["rejects"] == 0
    assert m["weights"] == "imagenet" and m["components"] == 8 and m["feature_dim"] == 512
    assert not list(plain_run.glob(".*")), "no lock, no unfinished files"


def test_rows_are_the_listing_with_folder_names_as_labels(plain_run, fruits):
    rows = reduced(plain_run).to_pylist()
    paths = sorted(
        (p.relative_to(fruits).as_posix() for p in fruits.rglob("*.jpg")), key=str.encode
    )
    assert [r["path"] for r in rows] == paths
    assert all(r["label"] == r["path"].split("/")[0] for r in rows)


def test_pandas_duckdb_and_arrow_read_the_same(plain_run):
    pattern = str(plain_run / "reduced/gen-0000/*.parquet")
    arrow = np.array(reduced(plain_run)["pca"].to_pylist())
    frame = pd.concat([pd.read_parquet(p) for p in sorted(plain_run.glob("reduced/*/*"))])
    duck = duckdb.sql(f"select path, pca from '{pattern}' order by path").fetchall()
    assert np.array_equal(np.stack(frame["pca"].to_numpy()), arrow)
    assert np.array_equal(np.array([row[1] for row in duck]), arrow)
    assert arrow.shape == (48, 8)


def test_reduction_is_what_numpy_makes_of_the_features(plain_run):
    _, rows = features(plain_run)
    x = rows.astype(np.float64)
    sd = x.std(axis=0, ddof=1)
    scaled = np.divide(x - x.mean(axis=0), sd, out=np.zeros_like(x), where=sd > 0)
    _, s, vt = np.linalg.svd(scaled, full_matrices=False)
    ours = np.array(reduced(plain_run)["pca"].to_pylist())
    theirs = scaled @ vt[:8].T
    signs = np.sign((ours * theirs).sum(axis=0))
    assert np.abs(ours - theirs * signs).max() < 1e-4 * np.abs(theirs).max()
    scree = pd.read_csv(plain_run / "reducer/gen-0000/scree.csv")
    ratios = s**2 / (s**2).sum()
    assert np.allclose(scree["explained_variance_ratio"][:8], ratios[:8], rtol=1e-8)


def test_metadata_repeat_and_name_the_weights(plain_run):
    meta = pq.read_metadata(plain_run / "reduced/gen-0000/part-00000.parquet").metadata
    assert meta[b"pomona.weights"] == b"imagenet"
    assert meta[b"pomona.schema_version"] == b"1"
    contract = json.loads(meta[b"pomona.contract"])
    assert contract["width"] == 32
    assert not any(b"run" in key or b"host" in key or b"time" in key for key in meta)


def test_an_onnx_network_takes_the_size_beside_it(pomona, fruits, tmp_path):
    network = ROOT / "tests/golden/model/tiny.onnx"
    asked = json.loads(network.with_suffix(".json").read_text())["size"]
    args = ["extract", fruits, "--model", network, "--limit", "3"]
    for given, size in (([], asked), (["--input-size", "30x28"], [28, 30])):
        out = tmp_path / f"out-{len(given)}"
        pomona(*args, *given, "--out", out)
        plan = json.loads((out / "plan.json").read_text())
        assert [plan["contract"]["width"], plan["contract"]["height"]] == size


def test_again_does_nothing_and_says_so(pomona, plain_run, fruits):
    before = tree(plain_run)
    done = pomona("run", fruits, "--out", plain_run, *QUICK, *SHARDS)
    assert tree(plain_run) == before
    assert "nothing to do" in (done.stdout + done.stderr).lower()


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_threads_do_not_change_a_byte(pomona, fruits, plain_run, tmp_path, threads):
    out = tmp_path / "out"
    pomona("run", fruits, "--out", out, *QUICK, *SHARDS, "--threads", threads)
    assert tree(out) == tree(plain_run)


def test_both_engines_agree_and_the_plan_freezes_the_one(pomona, fruits, tmp_path):
    outs = {}
    for backend in ("native", "openvino"):
        out = outs[backend] = tmp_path / backend
        args = ("run", fruits, "--out", out, *QUICK, *SHARDS, "--precision", "f32")
        pomona(*args, "--backend", backend)
        plan = json.loads((out / "plan.json").read_text())
        assert plan["libraries"]["engine"].startswith(backend)
        assert backend in pomona("info", out).stdout
        again = pomona(*args)
        assert "nothing to do" in (again.stdout + again.stderr).lower()
    native, openvino = (features(out)[1] for out in outs.values())
    difference = np.linalg.norm(native - openvino, axis=1)
    assert (difference < 2e-5 * np.linalg.norm(openvino, axis=1)).all()
    args = ("run", fruits, "--out", outs["native"], *QUICK, *SHARDS, "--precision", "f32")
    refused = pomona(*args, "--backend", "openvino", code=1)
    assert "backend: native there, (absent) here" in refused.stderr
    before = tree(outs["openvino"])
    for threads in (1, 2, 4):
        out = tmp_path / f"threads{threads}"
        args = ("run", fruits, "--out", out, *QUICK, *SHARDS, "--precision", "f32")
        pomona(*args, "--backend", "openvino", "--threads", threads)
        assert tree(out) == before


def test_the_native_engine_says_what_it_cannot_do(pomona, fruits, tmp_path):
    args = ("run", fruits, "--out", tmp_path / "out", "--backend", "native")
    onnx = pomona(*args, "--model", ROOT / "tests/golden/model/tiny.onnx", code=1)
    assert "--backend openvino" in onnx.stderr
    vgg19 = pomona(*args, "--model", "vgg19", "--layer", "block1_pool,block2_pool", code=1)
    assert "weights that are built in are VGG16's" in vgg19.stderr
    capped = {"POMONA_MAX_ISA": "avx512"}
    refused = pomona(*args, "--precision", "bf16", code=1, env=capped)
    assert "neither AVX-512 BF16 nor AMX" in refused.stderr


@pytest.mark.skipif(
    "avx512_bf16" not in CPU_FLAGS or "POMONA_MAX_ISA" in os.environ, reason="no bf16 on this CPU"
)
def test_the_native_engine_in_bf16_is_close_to_f32(pomona, fruits, tmp_path):
    rows = {}
    for precision in ("f32", "bf16"):
        out = tmp_path / precision
        args = ("run", fruits, "--out", out, *QUICK, *SHARDS, "--backend", "native")
        pomona(*args, "--precision", precision)
        rows[precision] = features(out)[1].astype(np.float64)
        assert json.loads((out / "plan.json").read_text())["precision"] == precision
    norms = np.linalg.norm(rows["f32"], axis=1) * np.linalg.norm(rows["bf16"], axis=1)
    cosine = (rows["f32"] * rows["bf16"]).sum(axis=1) / norms
    assert cosine.min() > 0.9995
    assert cosine.min() < 1 - 1e-7


def test_other_settings_are_listed_and_refused(pomona, fruits, tmp_path):
    out = tmp_path / "out"
    pomona("run", fruits, "--out", out, *QUICK)
    before = tree(out)
    args = ("run", fruits, "--out", out, "--input-size", 48, "--components", 4)
    refused = pomona(*args, code=1)
    assert "width: 32 there, 48 here" in refused.stderr
    assert "components: 8 there, 4 here" in refused.stderr
    assert "--overwrite" in refused.stderr
    assert tree(out) == before
    pomona(*args, "--overwrite")
    assert manifest(out)["components"] == 4


def test_extension_adds_a_generation_and_keeps_the_old(pomona, fruits, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(fruits, source)
    later = sorted(source.iterdir())[::2]
    away = tmp_path / "away"
    away.mkdir()
    for folder in later:
        shutil.move(folder, away / folder.name)
    out = tmp_path / "out"
    pomona("run", source, "--out", out, *QUICK, *SHARDS)
    first = tree(out)
    for folder in later:
        shutil.move(away / folder.name, folder)
    pomona("run", source, "--out", out, *QUICK, *SHARDS)
    second = tree(out)
    assert {k: second[k] for k in first} == first, "old files were touched"
    m = manifest(out)
    assert m["generation"] == 1 and m["rows"] == 48 and m["reduced"] == "reduced/gen-0001"
    assert reduced(out, 1).num_rows == 48

    scratch = tmp_path / "scratch"
    pomona("run", source, "--out", scratch, *QUICK, *SHARDS)
    a = pd.read_csv(out / "reducer/gen-0001/scree.csv")["eigenvalue"][:8]
    b = pd.read_csv(scratch / "reducer/gen-0000/scree.csv")["eigenvalue"][:8]
    assert np.allclose(a, b, rtol=1e-10)
    rows = {
        where: {r["path"]: r["pca"] for r in reduced(folder, gen).to_pylist()}
        for where, folder, gen in (("extended", out, 1), ("scratch", scratch, 0))
    }
    for path, pca in rows["scratch"].items():
        close = np.abs(np.abs(rows["extended"][path]) - np.abs(pca)).max()
        assert close < 1e-4 * max(1, np.abs(pca).max())


def test_without_features_the_table_stays(pomona, fruits, plain_run, tmp_path):
    out = tmp_path / "out"
    pomona("run", fruits, "--out", out, *QUICK, *SHARDS, "--keep-features", "no")
    assert not (out / "features").exists() or not list((out / "features").iterdir())
    ours = np.array(reduced(out)["pca"].to_pylist())
    assert np.array_equal(ours, np.array(reduced(plain_run)["pca"].to_pylist()))
    again = pomona("run", fruits, "--out", out, *QUICK, *SHARDS, "--keep-features", "no")
    assert "nothing to do" in (again.stdout + again.stderr).lower()


def test_csv_and_npz_on_request(pomona, fruits, tmp_path):
    out = tmp_path / "out"
    pomona("run", fruits, "--out", out, *QUICK, "--output", "csv,npz")
    parquet = np.array(reduced(out)["pca"].to_pylist(), dtype=np.float32)
    csv = pd.read_csv(out / "reduced/gen-0000/part-00000.csv")
    npz = np.load(out / "reduced/gen-0000/part-00000.npz")
    assert np.array_equal(csv.filter(like="pca").to_numpy(np.float32), parquet)
    assert np.array_equal(npz["pca"], parquet)
    assert list(npz["path"]) == list(csv["path"])
    assert list(npz["label"]) == list(csv["label"])


def test_a_second_run_on_a_busy_destination_is_told_who_holds_it(pomona, fruits, tmp_path):
    out = tmp_path / "out"
    first = pomona.start("run", fruits, "--out", out, *QUICK, *SHARDS)
    try:
        deadline = time.time() + 60
        while not list(out.glob("features/*.parquet")) and time.time() < deadline:
            time.sleep(0.01)
        first.send_signal(signal.SIGSTOP)
        second = pomona("run", fruits, "--out", out, *QUICK, *SHARDS, code=1)
        assert str(first.pid) in second.stderr
    finally:
        first.send_signal(signal.SIGCONT)
        first.communicate(timeout=120)
    assert first.returncode == 0


def test_ctrl_c_stops_cleanly_and_the_same_command_resumes(pomona, tmp_path):
    source = pick(tmp_path / "source", 141)
    args = ["--input-size", "64", "--components", "8", *SHARDS]
    plain, out = tmp_path / "plain", tmp_path / "out"
    pomona("run", source, "--out", plain, *args)
    process = pomona.start("run", source, "--out", out, *args)
    deadline = time.time() + 60
    while len(list(out.glob("features/*.parquet"))) < 3 and time.time() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "same command" in err
    assert not (out / "manifest.json").exists()
    partial = tree(out)
    assert {k: tree(plain)[k] for k in partial} == partial, "what is there is whole"
    pomona("run", source, "--out", out, *args)
    assert tree(out) == tree(plain)


def test_fit_alone_equals_the_runs_own_reducer(pomona, plain_run, tmp_path):
    pomona("fit", plain_run, "--out", tmp_path / "r", "--components", 8)
    whole = pq.read_table(plain_run / "features/part-00000.parquet")
    assert whole.num_rows == 16
    a = pd.read_csv(tmp_path / "r/scree.csv")
    b = pd.read_csv(plain_run / "reducer/gen-0000/scree.csv")
    assert np.array_equal(a.to_numpy(), b.to_numpy())


def test_transform_of_rows_and_of_images_agree_with_the_run(pomona, plain_run, fruits, tmp_path):
    expected = np.array(reduced(plain_run)["pca"].to_pylist())
    rows, images = tmp_path / "rows", tmp_path / "images"
    pomona("transform", plain_run, "--reducer", plain_run, "--out", rows)
    assert np.array_equal(np.array(reduced(rows)["pca"].to_pylist()), expected)
    pomona("transform", fruits, "--reducer", plain_run, "--out", images)
    assert np.array_equal(np.array(reduced(images)["pca"].to_pylist()), expected)


def test_a_reducer_refuses_other_features(pomona, plain_run, fruits, tmp_path):
    other = tmp_path / "other"
    pomona("extract", fruits, "--out", other, "--input-size", 32, "--normalize", "tf")
    args = ("transform", other, "--reducer", plain_run, "--out", tmp_path / "out")
    refused = pomona(*args, code=1)
    assert "pomona.contract" in refused.stderr


def test_random_weights_are_called_random(pomona, fruits, tmp_path):
    out = tmp_path / "out"
    done = pomona("run", fruits, "--out", out, *QUICK, "--weights", "none", "--seed", 7)
    assert "random weights" in done.stdout + done.stderr
    assert manifest(out)["random_weights"] is True
    meta = pq.read_metadata(out / "reduced/gen-0000/part-00000.parquet").metadata
    assert meta[b"pomona.weights"] == b"random weights"
    assert "random weights" in pomona("info", out).stdout


def test_json_prints_events_one_a_line(pomona, fruits, tmp_path):
    done = pomona("run", fruits, "--out", tmp_path / "out", *QUICK, "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [e["event"] for e in events]
    assert kinds[0] == "run_started" and "run_done" in kinds
    assert next(e for e in events if e["event"] == "listing_done")["images"] == 48
