# SPDX-License-Identifier: Apache-2.0
"""pomona export and import: other libraries load what is written and give the same rows."""

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import joblib
import numpy as np
import onnx
import onnxruntime
import pytest
from harness import FRUITS, ROOT, column, fails, tree
from PIL import Image
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import pomona as pomona_package
from pomona import export

pytestmark = pytest.mark.usefixtures("python_with_sklearn")

FITS = {
    "spark": ["--convention", "spark"],
    "spark-uncentred": ["--convention", "spark", "--no-center"],
    "sklearn": ["--convention", "sklearn"],
    "sklearn-uncentred": ["--convention", "sklearn", "--no-center"],
}
TINY = ROOT / "tests" / "golden" / "model"


@pytest.fixture(scope="module")
def rows(plain_run):
    """Feature rows of 48 pictures: 512 columns, of which some are always 0."""
    found = column((plain_run / "features").glob("*.parquet"), "features")
    assert (found.std(axis=0) == 0).any()
    return found


@pytest.fixture(scope="module", params=list(FITS))
def fitted(request, pomona, plain_run, tmp_path_factory):
    """(a reducer's folder, the rows that Pomona makes with it), of each convention."""
    folder = tmp_path_factory.mktemp("fitted")
    reducer = folder / "reducer"
    pomona("fit", plain_run, "--out", reducer, "--components", 60, *FITS[request.param])
    pomona("transform", plain_run, "--reducer", reducer, "--out", folder / "table")
    return reducer, column((folder / "table/reduced/gen-0000").glob("*.parquet"), "pca")


def error(found, wanted):
    """The largest error of a row, as docs/numerics.md measures it."""
    return (np.linalg.norm(found - wanted, axis=1) / np.linalg.norm(wanted, axis=1)).max()


def same_reducer(a, b):
    return (a / "reducer.safetensors").read_bytes() == (b / "reducer.safetensors").read_bytes()


# --- NPZ


def test_the_printed_recipe_gives_the_rows(pomona, fitted, rows, tmp_path):
    reducer, reduced = fitted
    out = tmp_path / "my 'reducer'.npz"
    said = pomona("export", reducer, "--to", "npz", "--out", out).stdout
    with np.load(out) as arrays:
        recipe = str(arrays["recipe"])
        told = json.loads(str(arrays["reducer_json"]))
        assert arrays["mean"].dtype == np.float64 and arrays["components"].shape == (60, 512)
    assert recipe in said and len(recipe.splitlines()) <= 10
    assert told["metadata"]["pomona.weights"] == "imagenet" and "imagenet" in said
    script = f"{recipe}np.save('got.npy', reduce(np.load('rows.npy')))\n"
    np.save(tmp_path / "rows.npy", rows)
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
    assert error(np.load(tmp_path / "got.npy"), reduced) < 1e-6


# --- ONNX


def run_onnx(path, **inputs):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(path, options)
    (got,) = session.run(["pca"], inputs)
    return got, session.get_modelmeta().custom_metadata_map


def test_onnx_runtime_gives_the_rows(pomona, fitted, rows, tmp_path):
    reducer, reduced = fitted
    pomona("export", reducer, "--to", "onnx", "--out", tmp_path / "r.onnx")
    got, metadata = run_onnx(tmp_path / "r.onnx", features=rows)
    assert error(got, reduced) < 1e-5
    assert metadata["pomona.weights"] == "imagenet"
    assert json.loads(metadata["pomona.contract"])["width"] == 32
    assert json.loads(metadata["pomona.reducer"])["components"] == 60


def pictures(folder, size):
    """Pixels as the contract wants them, in the order of the listing."""
    files = sorted(folder.rglob("*.jpg"), key=lambda p: os.fsencode(p.relative_to(folder)))
    return np.stack([np.asarray(Image.open(f).convert("RGB").resize(size, 2)) for f in files])


@pytest.mark.parametrize("how", [["--pool", "avg"], ["--pool", "max"], ["--normalize", "torch"]])
def test_pixels_to_numbers_in_one_graph(pomona, fruits, tmp_path, how):
    args = ["--input-size", "40x48", "--components", 4, "--precision", "f32", "--weights", "none"]
    done = pomona("run", fruits, "--out", tmp_path / "run", *args, "--limit", 12, *how)
    assert "RANDOM" in done.stdout
    fused = tmp_path / "fused.onnx"
    done = pomona("export", tmp_path / "run", "--to", "onnx", "--fuse", "--out", fused)
    assert "random weights" in done.stdout and "n x 40 x 48 x 3" in done.stdout
    got, metadata = run_onnx(fused, pixels=pictures(fruits, (48, 40))[:12])
    reduced = column((tmp_path / "run/reduced/gen-0000").glob("*.parquet"), "pca")
    assert error(got, reduced) < 1e-4
    assert metadata["pomona.weights"] == "random weights"


def test_the_trained_network_recognises_the_same(pomona, plain_run, fruits, tmp_path):
    """The run is in the CPU's usual precision, the graph in float32."""
    fused = tmp_path / "fused.onnx"
    pomona("export", plain_run, "--to", "onnx", "--fuse", "--out", fused)
    got, metadata = run_onnx(fused, pixels=pictures(fruits, (32, 32)))
    reduced = column((plain_run / "reduced/gen-0000").glob("*.parquet"), "pca")
    bf16 = metadata["pomona.precision"] == "bf16"
    assert error(got, reduced) < (0.1 if bf16 else 1e-4)


@pytest.mark.parametrize("layer", ["feat", "c2"])
@pytest.mark.parametrize("network", ["tiny.onnx", "nhwc.onnx", "half.onnx"])
def test_a_users_network_keeps_its_graph(pomona, fruits, tmp_path, network, layer):
    model = tmp_path / network
    if network == "half.onnx":
        halve(TINY / "tiny.onnx", model)
    else:
        shutil.copy(TINY / network, model)
    size = (24, 20)
    if network == "nhwc.onnx":
        fixed = onnx.load(model)  # as it is, it takes one picture at a time
        fixed.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "N"
        fixed.graph.output[0].type.tensor_type.shape.dim[0].dim_param = "N"
        onnx.save(fixed, model)
        layer = "rows" if layer == "feat" else layer
    sidecar = {"size": size, "mean": [127, 120, 110], "std": [128, 64, 32], "channels": "bgr"}
    model.with_suffix(".json").write_text(json.dumps(sidecar))
    args = ["--model", model, "--layer", layer, "--components", 3, "--precision", "f32"]
    pomona("run", fruits, "--out", tmp_path / "run", *args, "--limit", 12)
    fused = tmp_path / "fused.onnx"
    pomona("export", tmp_path / "run", "--to", "onnx", "--fuse", "--model", model, "--out", fused)
    got, metadata = run_onnx(fused, pixels=pictures(fruits, size)[:12])
    reduced = column((tmp_path / "run/reduced/gen-0000").glob("*.parquet"), "pca")
    assert error(got, reduced) < (1e-2 if network == "half.onnx" else 1e-4)
    assert metadata["pomona.weights"] == "onnx"


def halve(source, target):
    """The network in float16, input and numbers."""
    model = onnx.load(source)
    for constant in model.graph.initializer:
        values = onnx.numpy_helper.to_array(constant).astype(np.float16)
        constant.CopyFrom(onnx.numpy_helper.from_array(values, constant.name))
    for value in [*model.graph.input, *model.graph.output]:
        value.type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
    onnx.save(model, target)


def test_what_cannot_be_fused_is_said(pomona, fruits, plain_run, tmp_path):
    shutil.copy(TINY / "tiny.onnx", tmp_path / "net.onnx")
    out = tmp_path / "fused.onnx"
    args = ["--model", tmp_path / "net.onnx", "--input-size", 24, "--components", 3]
    pomona("run", fruits, "--out", tmp_path / "run", *args, "--layer", "inner", "--limit", 12)
    fuse = ("export", tmp_path / "run", "--to", "onnx", "--fuse", "--out", out)
    fails(pomona, *fuse, naming=["net.onnx", "--model"])
    named = [*fuse, "--model", tmp_path / "net.onnx"]
    fails(pomona, *named, naming=["'inner'", "infer_shapes"])
    # The same file with its shapes; it is another file, so another network.
    shutil.copy(TINY / "fixed.onnx", tmp_path / "net.onnx")
    fails(pomona, *named, naming="other features")
    (tmp_path / "net.onnx").write_bytes(b"no network")
    fails(pomona, *named, naming=["net.onnx", "ONNX"])
    fails(pomona, *fuse, "--weights", tmp_path / "none.h5", naming="net.onnx")
    assert not out.exists()
    bare = tmp_path / "bare"
    pomona("fit", plain_run / "moments", "--out", bare, "--components", 2)
    fuse = ("export", bare, "--to", "onnx", "--fuse", "--out", out)
    fails(pomona, *fuse, naming="which network")


# --- scikit-learn


def test_the_pipeline_gives_the_rows_and_comes_back(pomona, fitted, rows, tmp_path):
    reducer, reduced = fitted
    out = tmp_path / "reducer.joblib"
    said = pomona("export", reducer, "--to", "sklearn", "--out", out).stdout
    assert "joblib.load" in said
    pipeline = joblib.load(out)
    assert [type(step) for _, step in pipeline.steps] == [StandardScaler, PCA]
    assert error(pipeline.transform(rows.astype(np.float64)), reduced) < 1e-6
    assert pipeline.pomona_["metadata"]["pomona.weights"] == "imagenet"

    twice = export.to_sklearn(export.from_sklearn(out))  # in this process: it is quicker
    assert error(twice.transform(rows), pipeline.transform(rows)) < 1e-12
    assert twice.pomona_["metadata"] == pipeline.pomona_["metadata"]


@pytest.mark.parametrize("with_mean", [True, False])
@pytest.mark.parametrize("scaled", [True, False])
def test_a_foreign_pipeline_reduces_as_it_did(rows, tmp_path, with_mean, scaled):
    pca = PCA(n_components=5, svd_solver="full")
    model = Pipeline([("s", StandardScaler(with_mean=with_mean)), ("p", pca)]) if scaled else pca
    wanted = model.fit_transform(rows.astype(np.float64))
    reducer = export.from_sklearn(model)
    assert error(np.asarray(reducer.transform(rows)), wanted) < 1e-6
    assert reducer.count == 48 and reducer.convention == "sklearn"
    ratios = pca.explained_variance_ratio_
    assert np.allclose(reducer.explained_variance_ratio_, ratios, rtol=1e-9)
    back = export.to_sklearn(reducer).transform(rows.astype(np.float64))
    assert error(back, wanted) < 1e-12


def test_pictures_need_a_contract(pomona, fruits, plain_run, rows, tmp_path):
    model = Pipeline([("s", StandardScaler()), ("p", PCA(n_components=3))]).fit(rows)
    joblib.dump(model, tmp_path / "m.joblib")
    reducer, table = tmp_path / "r", tmp_path / "t"
    done = pomona("import", tmp_path / "m.joblib", "--out", reducer)
    assert "512 columns -> 3 components, fitted on 48 rows" in done.stdout
    assert "feature rows" in done.stdout
    transform = ("transform", fruits, "--reducer", reducer, "--out", table)
    fails(pomona, *transform, naming=["imported from sklearn", "--like"])
    assert not list(table.rglob("*.parquet"))
    like = ("import", tmp_path / "m.joblib", "--out", reducer, "--like", plain_run)
    fails(pomona, *like, naming="--overwrite")
    pomona(*like, "--overwrite")
    pomona(*transform)
    got = column((table / "reduced/gen-0000").glob("*.parquet"), "pca")
    assert error(got, model.transform(rows)) < 1e-5


def test_a_contract_of_other_rows_is_refused(pomona, plain_run, tmp_path):
    few = PCA(n_components=2).fit(np.random.default_rng(0).normal(size=(9, 4)))
    joblib.dump(few, tmp_path / "m.pkl")
    args = ("import", tmp_path / "m.pkl", "--out", tmp_path / "r", "--like", plain_run)
    fails(pomona, *args, naming=["512 columns", "takes 4"])


def not_fitted(rows):
    return PCA(2)


def whitened(rows):
    return PCA(2, whiten=True).fit(rows)


def other_steps(rows):
    return Pipeline([("s", MinMaxScaler()), ("p", PCA(2))]).fit(rows)


def torn_apart(rows):
    pipeline = Pipeline([("s", StandardScaler()), ("p", PCA(2))]).fit(rows)
    pipeline.steps[0] = ("s", StandardScaler().fit(rows[:, :3]))
    return pipeline


def not_finite(rows):
    pca = PCA(2).fit(rows)
    pca.components_[0, 0] = np.nan
    return pca


@pytest.mark.parametrize(
    ("make", "naming"),
    [
        (not_fitted, "not fitted"),
        (whitened, "whiten"),
        (other_steps, "MinMaxScaler"),
        (torn_apart, ["3 columns", "512"]),
        (not_finite, "components"),
        (lambda rows: {"a": 1}, "dict"),
    ],
)
def test_other_models_are_named(rows, tmp_path, make, naming):
    """In this process: another Python takes seconds to start."""
    joblib.dump(make(rows), tmp_path / "m.joblib")
    with pytest.raises(ValueError, match=r"m\.joblib") as error:
        export.from_sklearn(tmp_path / "m.joblib")
    for word in [naming] if isinstance(naming, str) else naming:
        assert word in str(error.value)


def test_damaged_pickles_are_named(pomona, tmp_path):
    model = tmp_path / "m.joblib"
    for content in (b"", b"no pickle", b"\x80\x04\x95\xff"):
        model.write_bytes(content)
        with pytest.raises(ValueError, match=r"m\.joblib cannot be read"):
            export.from_sklearn(model)
    with pytest.raises(FileNotFoundError):
        export.from_sklearn(tmp_path / "none.joblib")
    fails(pomona, "import", model, "--out", tmp_path / "r", naming=["m.joblib", "pickle"])
    assert not (tmp_path / "r").exists()


def test_without_scikit_learn_it_says_what_is_missing(pomona, plain_run, tmp_path):
    bare = tmp_path / "python"
    bare.write_text('#!/bin/sh\necho \'{"missing": "scikit-learn"}\'\n')
    bare.chmod(bare.stat().st_mode | stat.S_IXUSR)
    args = ("export", plain_run, "--to", "sklearn", "--out", tmp_path / "r.joblib")
    for python in (bare, tmp_path / "none"):
        done = pomona(*args, code=1, env={"POMONA_PYTHON": str(python)})
        assert "scikit-learn" in done.stderr and str(python) in done.stderr
    assert not (tmp_path / "r.joblib").exists()


# --- every format


FORMATS = [("npz", "r.npz"), ("onnx", "r.onnx"), ("sklearn", "r.joblib"), ("spark", "r")]


def snapshot(path):
    return tree(path) if path.is_dir() else path.read_bytes()


@pytest.mark.parametrize(("kind", "name"), FORMATS)
def test_nothing_is_replaced_unless_told(pomona, plain_run, tmp_path, kind, name):
    small = tmp_path / "small"
    pomona("fit", plain_run, "--out", small, "--components", 2)
    out = tmp_path / "exports" / name
    pomona("export", plain_run, "--to", kind, "--out", out)
    before = snapshot(out)
    again = ("export", small, "--to", kind, "--out", out)
    fails(pomona, *again, naming=[name, "there already"])
    assert snapshot(out) == before
    pomona(*again, "--overwrite", "--quiet")
    assert snapshot(out) != before
    assert [p.name for p in out.parent.iterdir()] == [name]

    other = tmp_path / "photos"
    other.mkdir()
    (other / "photo.jpg").write_bytes(b"mine")
    precious = ("export", small, "--to", kind, "--out", other, "--overwrite")
    fails(pomona, *precious, naming="photos")
    assert (other / "photo.jpg").read_bytes() == b"mine"


@pytest.mark.parametrize(("kind", "name"), FORMATS)
def test_what_is_no_reducer_is_named(pomona, plain_run, tmp_path, kind, name):
    out = ("--to", kind, "--out", tmp_path / name)
    fails(pomona, "export", tmp_path / "none", *out, naming="holds no reducer")
    fails(pomona, "export", FRUITS, *out, naming="holds no reducer")
    broken = tmp_path / "broken"
    shutil.copytree(plain_run / "reducer/gen-0000", broken)
    whole = (broken / "reducer.safetensors").read_bytes()
    (broken / "reducer.safetensors").write_bytes(whole[:-9])
    fails(pomona, "export", broken, *out, naming="reducer.safetensors")
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize(("kind", "name"), FORMATS)
def test_a_full_disk_leaves_nothing(pomona, plain_run, tiny_disk, kind, name):
    filler = tiny_disk / "filler"
    free = shutil.disk_usage(tiny_disk).free
    filler.write_bytes(bytes(free - 8192))
    done = fails(pomona, "export", plain_run, "--to", kind, "--out", tiny_disk / name, naming="")
    assert "space" in done.stderr
    assert {p.name for p in tiny_disk.iterdir()} <= {"filler", "lost+found"}


def test_same_reducer_same_bytes(pomona, plain_run, tmp_path):
    for kind, name in FORMATS:
        for folder in ("a", "b"):
            out = tmp_path / folder / name
            if kind == "sklearn":
                export.sklearn(pomona_package.Reducer.load(plain_run), out)
            else:
                pomona("export", plain_run, "--to", kind, "--out", out)
        assert snapshot(tmp_path / "a" / name) == snapshot(tmp_path / "b" / name)


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (["export", "r", "--to", "pmml", "--out", "x"], "--to"),
        (["export", "r", "--to", "npz"], "--out"),
        (["export", "r", "--to", "spark", "--out", "x", "--fuse"], "--to onnx"),
        (["import", "m.joblib"], "--out"),
    ],
)
def test_wrong_usage(pomona, args, word):
    done = pomona(*args, code=2)
    assert word in done.stderr


def test_other_clouds_are_no_place_for_exports(pomona, plain_run):
    args = ("export", plain_run, "--to", "npz", "--out", "gs://bucket/r.npz")
    fails(pomona, *args, naming="gs://bucket")


def test_help_has_examples(pomona):
    for command in ("export", "import"):
        assert f"pomona {command} " in pomona(command, "--help").stdout


def test_import_from_the_golden_spark_model(pomona, tmp_path):
    """Saved by Spark itself; no Spark is needed to read it."""
    golden = Path(ROOT / "tests/golden/stats/spark_model")
    pomona("import", golden, "--out", tmp_path / "r")
    told = json.loads((tmp_path / "r/reducer.json").read_text())
    assert told["columns"] == 5 and told["components"] == 3 and told["rows"] == 0
    assert told["convention"] == "spark" and told["center"] is True
