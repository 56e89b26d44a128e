# SPDX-License-Identifier: Apache-2.0
"""PCA by a sketch: as good as the exact one on real pictures, in a fraction of the state."""

import json

import numpy as np
import pytest
from acceptance.kit import safetensors
from harness import FRUITS, column, fails, manifest, tree
from PIL import Image, ImageOps

# 2,048 columns; a block of 576 rows, which is more than a sketch keeps, and one of 270.
HOW = ["--input-size", "64", "--components", "16"]
SHARDS = ["--shard-size", "48", "--block-shards", "12"]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """The bundled pictures, each of them mirrored and upside down as well."""
    folder = tmp_path_factory.mktemp("pictures")
    for file in sorted(FRUITS.glob("*/*.jpg")):
        (folder / file.parent.name).mkdir(exist_ok=True)
        with Image.open(file) as picture:
            for name, turned in (
                ("a", picture.copy()),
                ("b", ImageOps.mirror(picture)),
                ("c", ImageOps.flip(picture)),
            ):
                turned.save(folder / file.parent.name / f"{file.stem}-{name}.png")
    return folder


@pytest.fixture(scope="module")
def runs(pomona, pictures, tmp_path_factory):
    """A run by each method. Read only."""
    folder = tmp_path_factory.mktemp("runs")
    for pca in ("exact", "sketch"):
        pomona("run", pictures, "--out", folder / pca, *HOW, *SHARDS, "--pca", pca)
    return folder


def reducer(folder):
    (file,) = folder.rglob("reducer.safetensors")
    return safetensors(file), json.loads((file.parent / "reducer.json").read_text())


def explained(folder, rows):
    """The share of the variance of scaled rows along a reducer's components, by NumPy."""
    tensors, _ = reducer(folder)
    scale = np.where(tensors["scale"] > 0, tensors["scale"], np.inf)
    scaled = (rows - rows.mean(axis=0, dtype=np.float64)) / scale
    along = (scaled @ tensors["components"].T).var(axis=0).sum()
    return along / scaled.var(axis=0).sum()


def test_it_explains_what_the_exact_components_do(runs):
    rows = column((runs / "sketch/features").glob("*.parquet"), "features")
    assert rows.shape == (846, 2048)
    exact, sketch = (explained(runs / pca, rows) for pca in ("exact", "sketch"))
    assert 0.99 * exact <= sketch <= exact * (1 + 1e-9)
    _, said = reducer(runs / "sketch")
    assert said["method"] == "sketch" and said["sketch"]["rank"] == 512
    claimed = sum(said["explained_variance_ratio"][:16])
    assert claimed <= sketch <= exact <= claimed + said["sketch"]["missed"]
    assert said["sketch"]["missed"] <= said["sketch"]["outside"] < 0.1
    assert manifest(runs / "sketch")["explained_variance"] == pytest.approx(claimed)


def test_scaler_is_exact(runs):
    for name in ("mean", "scale", "total_variance"):
        exact, sketch = (reducer(runs / pca)[0][name] for pca in ("exact", "sketch"))
        np.testing.assert_allclose(sketch, exact, rtol=1e-11, atol=1e-13)


def test_its_state_is_smaller(runs):
    exact, sketch = (
        (runs / pca / "moments/block-0000.bin").stat().st_size for pca in ("exact", "sketch")
    )
    assert sketch < 0.51 * exact


def test_same_bits_however_it_was_computed(pomona, pictures, runs, tmp_path):
    out = tmp_path / "out"
    args = ("run", pictures, "--out", out, *HOW, *SHARDS, "--pca", "sketch", "--threads")
    pomona(*args, 1, "--max-bad", 0)
    assert tree(out) == tree(runs / "sketch")
    # Without what a killed run would not have left, by any number of threads.
    for name in ("moments/block-0001.bin", "manifest.json"):
        (out / name).unlink()
    for file in (*out.glob("reducer/*/*"), *out.glob("reduced/*/*")):
        file.unlink()
    pomona(*args, 2)
    assert tree(out) == tree(runs / "sketch")


def test_a_later_fit_may_choose(pomona, runs, tmp_path):
    for pca, source in (("exact", "sketch"), ("sketch", "exact")):
        out = tmp_path / pca
        pomona("fit", runs / source, "--out", out, "--pca", pca, "--components", 16)
        assert reducer(out)[1]["method"] == reducer(runs / pca)[1]["method"]
        rows = column((runs / pca / "features").glob("*.parquet"), "features")
        assert explained(out, rows) == pytest.approx(explained(runs / pca, rows), rel=1e-3)
    shown = pomona("info", tmp_path / "sketch").stdout
    assert "of 512 directions" in shown and "more at most" in shown
    first = pomona("info", runs / "sketch/moments/block-0000.bin").stdout
    assert "576 rows of 2,048 columns" in first and "512 kept" in first
    last = pomona("info", runs / "sketch/moments/block-0001.bin").stdout
    assert "270 rows of 2,048 columns" in last and "nothing lost" in last


def test_what_it_cannot_do_is_said(pomona, pictures, runs, tmp_path):
    out = tmp_path / "out"
    fails(pomona, "fit", runs / "sketch", "--out", out, "--pca", "sketch",
          "--components", 600, naming=["600", "512", "--pca exact"])  # fmt: skip
    fails(pomona, "fit", runs / "sketch", "--out", out, "--pca", "sketch",
          "--variance", "99.99%", naming=["holds 0.", "--pca exact"])  # fmt: skip
    fails(pomona, "run", pictures, "--out", out, "--pca", "sketch", "--all-eigenvalues",
          naming=["--all-eigenvalues", "--pca exact"], code=2)  # fmt: skip
    fails(pomona, "run", pictures, "--out", out, "--pca", "guess",
          naming=["--pca", "auto, exact or sketch"], code=2)  # fmt: skip
    # Another method is another plan.
    fails(pomona, "run", pictures, "--out", runs / "sketch", *HOW, *SHARDS, naming=["pca"])


def test_the_last_word_of_moments_without_rows(pomona, runs, tmp_path):
    block = runs / "sketch/moments/block-0000.bin"
    fails(pomona, "fit", block, "--out", tmp_path / "r", "--pca", "exact",
          naming=["block-0000.bin", "a sketch", "no feature rows"])  # fmt: skip
