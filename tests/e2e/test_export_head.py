# SPDX-License-Identifier: Apache-2.0
"""pomona export and import of heads: ONNX Runtime, NumPy and scikit-learn say the same."""

import json

import joblib
import numpy as np
import onnx
import onnxruntime
import pyarrow.parquet as pq
import pytest
from harness import FRUITS, column, fails
from PIL import Image
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import LinearSVC

pytestmark = pytest.mark.usefixtures("python_with_sklearn")


@pytest.fixture(scope="module")
def lite(pomona, tmp_path_factory):
    """Rows of the bundled pictures by Lite0, and a head of their fruits."""
    folder = tmp_path_factory.mktemp("lite")
    pomona("extract", FRUITS, "--out", folder / "run", "--model", "lite0", "--precision", "f32",
           "--input-size", "96", "--quiet")  # fmt: skip
    pomona("train", folder / "run", "--out", folder / "head", "--root", "--l2", "--quiet")
    return folder


def answers_of(pomona, rows, head):
    done = pomona("predict", rows, "--head", head, "--json")
    return [json.loads(line) for line in done.stdout.splitlines()]


def same_answers(classes, probabilities, told, tolerance):
    assert len(told) == len(probabilities)
    for row, one in zip(probabilities, told, strict=True):
        (answer,) = (value for key, value in one.items() if key != "path")
        place = list(classes).index(answer["answer"])
        assert row[place] == pytest.approx(answer["probability"], abs=tolerance)
        assert row.max() == pytest.approx(row[place], abs=tolerance)


def test_a_head_in_onnx_runtime(pomona, lite, tmp_path):
    done = pomona("export", lite / "head", "--to", "onnx", "--out", tmp_path / "head.onnx")
    assert "fruit, 69 classes from 1,280 columns" in done.stdout
    model = onnx.load(tmp_path / "head.onnx")
    onnx.checker.check_model(model)
    told = json.loads({p.key: p.value for p in model.metadata_props}["pomona.head"])
    session = onnxruntime.InferenceSession(tmp_path / "head.onnx")
    features = column((lite / "run/features").glob("*.parquet"), "features")
    (probabilities,) = session.run(["probabilities"], {"features": features})
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    wanted = answers_of(pomona, lite / "run", lite / "head")
    same_answers(told["classes"], probabilities, wanted, 1e-4)
    # Pixels in: what the program sees of a picture.
    fused = tmp_path / "fused.onnx"
    pomona("export", lite / "head", "--to", "onnx", "--fuse", "--out", fused, "--quiet")
    paths = [FRUITS / one["path"] for one in wanted[::20]]
    pictures = [Image.open(p).resize((96, 96), Image.Resampling.BILINEAR) for p in paths]
    pixels = np.stack([np.asarray(p.convert("RGB")) for p in pictures])
    session = onnxruntime.InferenceSession(fused)
    (probabilities,) = session.run(["probabilities"], {"pixels": pixels})
    same_answers(told["classes"], probabilities, wanted[::20], 2e-3)


def test_a_head_of_several_parts_in_onnx_and_numpy(pomona, tmp_path):
    """Each part of a row is brought to length 1 by itself, and zeros stay zeros."""
    rng = np.random.default_rng(5)
    pomona("extract", FRUITS, "--out", tmp_path / "run", "--model", "lite0", "--precision", "f32",
           "--input-size", "64", "--layer", "stage3,feat", "--pool", "avg", "--descriptors",
           "network,colour", "--quiet")  # fmt: skip
    pomona("train", tmp_path / "run", "--out", tmp_path / "head", "--root", "--l2", "--quiet")
    wanted = answers_of(pomona, tmp_path / "run", tmp_path / "head")
    features = column((tmp_path / "run/features").glob("*.parquet"), "features")
    pomona("export", tmp_path / "head", "--to", "onnx", "--out", tmp_path / "h.onnx", "--quiet")
    done = pomona("export", tmp_path / "head", "--to", "npz", "--out", tmp_path / "h.npz")
    arrays = np.load(tmp_path / "h.npz")
    recipe = str(arrays["recipe"])
    assert recipe.replace('"h.npz"', f'"{tmp_path}/h.npz"') in done.stdout or recipe in done.stdout
    names = {}
    exec(recipe.replace('"h.npz"', repr(str(tmp_path / "h.npz"))), names)
    classes, exact, known = names["predict"](features)
    same_answers(classes, exact, wanted, 1e-6)
    assert known.tolist() == [one["fruit"]["known"] for one in wanted]
    session = onnxruntime.InferenceSession(tmp_path / "h.onnx")
    features[0] = 0
    features[1] = -rng.random(features.shape[1])
    (found,) = session.run(["probabilities"], {"features": features})
    assert np.abs(found - names["predict"](features)[1]).max() < 1e-3
    error = pomona("export", tmp_path / "head", "--to", "onnx", "--fuse", "--out",
                   tmp_path / "f.onnx", code=1).stderr  # fmt: skip
    assert "more than one pass of the network" in error
    assert not (tmp_path / "f.onnx").exists()


def test_what_cannot_be_exported_of_a_head(pomona, lite, tmp_path):
    head = lite / "head"
    fails(pomona, "export", head, "--to", "spark", "--out", tmp_path / "x", naming="--to npz")
    (tmp_path / "taken.npz").write_text("x")
    fails(pomona, "export", head, "--to", "npz", "--out", tmp_path / "taken.npz",
          naming="is there already")  # fmt: skip
    assert (tmp_path / "taken.npz").read_text() == "x"


@pytest.mark.parametrize("kind", ["logistic", "scaled", "lda", "two"])
def test_a_classifier_becomes_a_head(pomona, lite, tmp_path, kind):
    features = column((lite / "run/features").glob("*.parquet"), "features")
    tables = [pq.read_table(f) for f in sorted((lite / "run/features").glob("*.parquet"))]
    paths = [path for t in tables for path in t["path"].to_pylist()]
    words = np.array([p.split(" ")[0] for p in paths])
    if kind == "two":
        words = np.where(words == "Apple", "Apple", "other")
    model = {
        "logistic": LogisticRegression(max_iter=300),
        "scaled": Pipeline(
            [("s", StandardScaler()), ("c", LogisticRegression(C=0.01, max_iter=1000))]
        ),
        "lda": LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5),
        "two": LogisticRegression(),
    }[kind].fit(features, words)
    joblib.dump(model, tmp_path / "c.joblib")
    done = pomona("import", tmp_path / "c.joblib", "--out", tmp_path / "head", "--like",
                  lite / "run", "--target", "fruit")  # fmt: skip
    assert f"pomona predict PHOTO --head {tmp_path}/head" in done.stdout
    told = answers_of(pomona, lite / "run", tmp_path / "head")
    same_answers(model.classes_, model.predict_proba(features), told, 1e-4)
    assert all(one["fruit"]["known"] for one in told)
    assert all(one["fruit"]["candidates"] == [one["fruit"]["answer"]] for one in told)
    photo = FRUITS / paths[0]
    (one,) = answers_of(pomona, photo, tmp_path / "head")
    assert one["fruit"] == told[0]["fruit"]
    fails(pomona, "import", tmp_path / "c.joblib", "--out", tmp_path / "head",
          naming="holds a head already")  # fmt: skip


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (LinearSVC(), ["LinearSVC", "gives no probabilities"]),
        (OneVsRestClassifier(LogisticRegression()), ["OneVsRest", "no coef_"]),
        (LogisticRegression(solver="liblinear"), None),
        (Pipeline([("m", MinMaxScaler()), ("c", LogisticRegression())]), ["StandardScaler alone"]),
    ],
)
def test_classifiers_that_cannot_be_heads(pomona, tmp_path, model, words):
    rng = np.random.default_rng(2)
    rows = rng.normal(size=(60, 4))
    # liblinear does two classes alone, and these are a softmax: it becomes a head.
    labels = np.arange(60) % (2 if words is None else 3)
    joblib.dump(model.fit(rows, labels), tmp_path / "c.joblib")
    if words is None:
        done = pomona("import", tmp_path / "c.joblib", "--out", tmp_path / "h")
        assert "it takes feature rows" in done.stdout
        return
    fails(pomona, "import", tmp_path / "c.joblib", "--out", tmp_path / "h", naming=words)
    assert not (tmp_path / "h" / "head.safetensors").exists()
