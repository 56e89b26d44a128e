# SPDX-License-Identifier: Apache-2.0
"""The whole job from Python, and its folder opened."""

import subprocess
import sys

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from package_harness import SMALL

import pomona


def test_report(finished):
    report, _ = finished
    assert (report.images, report.rows, report.rejects) == (21, 20, {"truncated": 1}) or (
        report.images,
        report.rows,
        sum(report.rejects.values()),
    ) == (21, 20, 1)
    assert report.components == 5
    assert report.random_weights
    assert "RANDOM WEIGHTS" in repr(report)


def test_opened_run_reads_as_arrow_pandas_and_numpy(finished):
    _, out = finished
    run = pomona.open(out)
    table = run.to_arrow()
    assert table.column_names == ["path", "label", "pca"]
    frame = run.to_pandas()
    assert isinstance(frame, pd.DataFrame)
    assert np.array_equal(np.stack(frame["pca"]), run.to_numpy())
    wide = run.to_pandas(expand=True)
    assert list(wide.columns) == ["path", "label", *(f"pca_{i}" for i in range(5))]
    assert np.array_equal(wide.filter(like="pca").to_numpy(), run.to_numpy())
    assert set(frame["label"]) == {"Apple 1", "Pêche plate"}
    pattern = str(out / "reduced/gen-0000/*.parquet")
    duck = duckdb.sql(f"select pca from '{pattern}' order by path").fetchall()
    assert np.array_equal(np.array([row[0] for row in duck], np.float32), run.to_numpy())


def test_opened_run_holds_features_rejects_reducer_scree(finished):
    _, out = finished
    run = pomona.open(out)
    features = pa.concat_tables(list(run.features()))
    assert features.num_rows == 20
    rows = features["features"].combine_chunks()
    assert np.array_equal(run.reducer.transform(rows).to_numpy(), run.to_numpy())
    assert run.rejects()["path"].to_pylist() == ["Apple 1/broken.jpg"]
    assert run.manifest["complete"]
    assert run.plan["network"]["weights"] == "random"
    assert "RANDOM WEIGHTS" in repr(run)
    scree = run.scree().to_pandas()
    assert np.allclose(scree["explained_variance_ratio"][:5], run.reducer.explained_variance_ratio_)
    assert scree["cumulative"].is_monotonic_increasing
    refit = pomona.fit_from(out, components=3)
    assert np.array_equal(refit.eigenvalues[:3], run.reducer.eigenvalues[:3])


def test_a_reducer_goes_over_rows_and_new_images(finished, photos, tmp_path):
    _, out = finished
    run = pomona.open(out)
    assert pomona.transform(run.reducer, out, tmp_path / "rows") == 20
    options = {k: v for k, v in SMALL.items() if k != "components"}
    pomona.run(photos, tmp_path / "images", reducer=out, max_bad=0.5, **options)
    assert np.array_equal(pomona.open(tmp_path / "images").to_numpy(), run.to_numpy())


def test_the_pca_may_be_a_sketch(finished, photos, tmp_path):
    sketched = pomona.run(photos, tmp_path / "out", max_bad=0.5, pca="sketch", **SMALL)
    report, out = finished
    # Of fewer rows than it keeps, a sketch is exact.
    assert sketched.explained_variance == pytest.approx(report.explained_variance, rel=1e-9)
    fitted = pomona.fit_from(out, pca="sketch", components=5)
    assert fitted.method == "sketch"
    exact = pomona.fit_from(tmp_path / "out", pca="exact", components=5)
    np.testing.assert_allclose(fitted.eigenvalues[:5], exact.eigenvalues[:5], rtol=1e-9)
    with pytest.raises(ValueError, match="auto, exact, sketch"):
        pomona.fit_from(out, pca="guess")


def test_events_reach_python_and_an_exception_stops(photos, tmp_path):
    kinds = []
    again = pomona.run(
        photos, tmp_path / "a", max_bad=1, on_event=lambda e: kinds.append(e["event"]), **SMALL
    )
    assert kinds[0] == "run_started"
    assert "run_done" in kinds
    assert not again.nothing_to_do
    assert pomona.run(photos, tmp_path / "a", max_bad=1, **SMALL).nothing_to_do

    def refuse(event):
        if event["event"] == "listing_done":
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        pomona.run(photos, tmp_path / "b", max_bad=1, on_event=refuse, **SMALL)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"components": 0}, ValueError, "components"),
        ({"variance": 1.5}, ValueError, "variance"),
        ({"components": "many"}, TypeError, "components"),
        ({"fit": "squash"}, ValueError, "stretch"),
        ({"shard_size": 0}, ValueError, "shard"),
        ({"precision": "f8"}, ValueError, "precision"),
    ],
)
def test_wrong_settings_are_told(photos, tmp_path, options, error, message):
    with pytest.raises(error, match=message):
        pomona.run(photos, tmp_path / "out", **{**SMALL, **options})
    assert not (tmp_path / "out" / "plan.json").exists()


def test_missing_folders_are_told(tmp_path, finished):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        pomona.run(tmp_path / "nowhere", tmp_path / "out", **SMALL)
    with pytest.raises(FileNotFoundError, match=r"plan\.json"):
        pomona.open(tmp_path)
    with pytest.raises(FileNotFoundError):
        pomona.open(finished[1], generation=7).to_arrow()


CTRL_C = """
import pomona, signal, sys, os, threading
def event(e):
    if e["event"] == "model_ready":
        os.kill(os.getpid(), signal.SIGINT)
try:
    pomona.run(sys.argv[1], sys.argv[2], weights="none", input_size=96, components=3,
               max_bad=1, shard_size=1, on_event=event)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_is_a_keyboard_interrupt_and_the_call_resumes(photos, tmp_path):
    command = [sys.executable, "-c", CTRL_C, str(photos), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr
    assert not (tmp_path / "out" / "manifest.json").exists()
    report = pomona.run(
        photos,
        tmp_path / "out",
        weights="none",
        input_size=96,
        components=3,
        max_bad=1,
        shard_size=1,
    )
    assert report.rows == 20
