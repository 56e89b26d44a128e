# SPDX-License-Identifier: Apache-2.0
"""pomona export --to spark: plain pyspark loads it. pomona import: what pyspark saved."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from harness import column
from standalone import ENV

import pomona as package
from pomona import export

FITS = {
    "spark": ("spark", True),
    "spark-uncentred": ("spark", False),
    "sklearn": ("sklearn", True),
    "sklearn-uncentred": ("sklearn", False),
}


def error(found, wanted):
    return (np.linalg.norm(found - wanted, axis=1) / np.linalg.norm(wanted, axis=1)).max()


def exactly(reducer, rows):
    """docs/numerics.md's transform, in float64."""
    mean = reducer.mean if reducer.center or reducer.convention == "sklearn" else 0.0
    shifted = rows.astype(np.float64) - mean
    scaled = np.zeros_like(shifted)
    np.divide(shifted, reducer.scale, out=scaled, where=reducer.scale > 0)
    return scaled @ reducer.components.T


@pytest.fixture(scope="module")
def spark_was_here(pomona, plain_run, tmp_path_factory):
    """(folder of models.py, rows, reducers by name)."""
    folder = tmp_path_factory.mktemp("models")
    rows = column((plain_run / "features").iterdir(), "features")
    assert (rows.std(axis=0) == 0).any()
    np.save(folder / "rows.npy", rows)
    reducers = {}
    for name, (convention, center) in FITS.items():
        # More than the rank: components of constant columns too.
        fit = {"components": 500, "convention": convention, "center": center}
        reducers[name] = package.fit_from(plain_run, **fit)
        reducers[name].save(folder / "reducers" / name)
        out = folder / "exported" / name
        pomona("export", folder / "reducers" / name, "--to", "spark", "--out", out)
    script = Path(__file__).parent / "models.py"
    subprocess.run([sys.executable, str(script), str(folder)], env=ENV, check=True, timeout=300)
    return folder, rows, reducers


@pytest.mark.parametrize("name", list(FITS))
def test_plain_pyspark_gives_the_rows(spark_was_here, name):
    folder, rows, reducers = spark_was_here
    got = np.load(folder / f"{name}.npy")
    assert error(got, exactly(reducers[name], rows)) < 1e-9
    assert error(got, np.asarray(reducers[name].transform(rows))) < 1e-6


@pytest.mark.parametrize("name", list(FITS))
def test_an_export_comes_back_as_it_was(spark_was_here, pomona, tmp_path, name):
    folder, rows, reducers = spark_was_here
    pomona("import", folder / "exported" / name, "--out", tmp_path / "back")
    there, here = folder / "reducers" / name, tmp_path / "back"
    file = "reducer.safetensors"
    assert (here / file).read_bytes() == (there / file).read_bytes()
    if not (folder / "resaved" / name).exists():
        return
    # Spark, saving it again, drops what it does not know; the numbers stay.
    resaved = export.from_spark(folder / "resaved" / name)
    assert error(exactly(resaved, rows), exactly(reducers[name], rows)) < 1e-12
    assert resaved.metadata == {"pomona.imported": "spark"}
    export.spark(resaved, tmp_path / "again")
    twice = export.from_spark(tmp_path / "again")
    assert np.array_equal(exactly(twice, rows), exactly(resaved, rows))


@pytest.mark.parametrize("name", ["centred", "uncentred", "unscaled", "alone"])
def test_a_model_of_sparks_reduces_as_it_did(spark_was_here, name):
    folder, rows, _ = spark_was_here
    reducer = export.from_spark(folder / "fitted" / name)
    wanted = np.load(folder / "fitted" / f"{name}.npy")
    assert error(exactly(reducer, rows[:, :24]), wanted) < 1e-9
    assert error(np.asarray(reducer.transform(np.ascontiguousarray(rows[:, :24]))), wanted) < 1e-6
    assert reducer.count == 0 and reducer.convention == "spark"
    assert 0 < reducer.explained_variance_ratio_.sum() <= 1 + 1e-9


def test_a_pca_by_itself(spark_was_here):
    assert export.from_spark(spark_was_here[0] / "fitted" / "bare").dim == 24


def test_other_stages_are_named(spark_was_here, pomona, tmp_path):
    other = spark_was_here[0] / "fitted" / "other"
    done = pomona("import", other, "--out", tmp_path / "r", code=1)
    assert "MinMaxScalerModel" in done.stderr and "pipeline of these stages alone" in done.stderr
    assert not (tmp_path / "r").exists()


def without(part):
    def damage(model):
        for found in model.glob(part):
            shutil.rmtree(found)

    return damage


def cut_data(model):
    file = next(model.glob("stages/1_*/data/*.parquet"))
    file.write_bytes(file.read_bytes()[:-40])


def other_scaler(model):
    """A scaler of 24 columns before a PCA of 512."""
    other = model.parent.parent / "fitted" / "centred"
    file = next(model.glob("stages/0_*/data/*.parquet"))
    shutil.copy(next(other.glob("stages/0_*/data/*.parquet")), file)


def no_json(model):
    (model / "metadata" / "part-00000").write_text("[" * 300_000)


def other_columns(model):
    file = next(model.glob("stages/1_*/metadata/part-00000"))
    json_ = json.loads(file.read_text())
    json_["paramMap"]["inputCol"] = "features"
    file.write_text(json.dumps(json_))


@pytest.mark.parametrize(
    ("damage", "naming"),
    [
        (without("metadata"), ["metadata", "model.save"]),
        (without("stages/0_*"), ["stage", "StandardScaler_", "missing"]),
        (without("stages/1_*/data"), ["data has 0 files"]),
        (cut_data, [".parquet", "data of a Spark model"]),
        (other_scaler, ["24 numbers", "512"]),
        (no_json, ["part-00000", "no description"]),
        (other_columns, ["features", "scaled"]),
    ],
)
def test_damaged_models_are_named(spark_was_here, pomona, tmp_path, damage, naming):
    folder = tmp_path / "m" / "exported"
    model = shutil.copytree(spark_was_here[0] / "exported" / "spark", folder)
    (folder.parent.parent / "fitted").symlink_to(spark_was_here[0] / "fitted")
    damage(model)
    done = pomona("import", model, "--out", tmp_path / "r", code=1)
    for word in naming:
        assert word in done.stderr, done.stderr
    assert not (tmp_path / "r").exists()
