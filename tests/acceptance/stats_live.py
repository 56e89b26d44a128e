# SPDX-License-Identifier: Apache-2.0
"""Scaler and PCA of 4,608 columns against scikit-learn and Spark ML.

Rows are VGG16's of 564 photos (Spark's PCA costs as much for any number of rows: it takes all
eigenvalues of 4,608 columns, minutes even with a native LAPACK, ten without; so it is
fitted once). Both conventions, centred and not; up to sign.
"""

import argparse
from pathlib import Path

import kit
import numpy as np

K = 16
LIMIT = 1e-6
Fitted = tuple[np.ndarray, np.ndarray]  # components, reduced rows


def by_pomona(run: Path, out: Path, convention: str, center: bool) -> Fitted:
    fit = ("--convention", convention, "--center" if center else "--no-center")
    kit.pomona("fit", run, "--out", out / "reducer", "--components", K, *fit)
    kit.pomona("transform", run, "--reducer", out / "reducer", "--out", out / "table")
    reducer = kit.safetensors(out / "reducer/reducer.safetensors")
    return reducer["components"], kit.column(out / "table/reduced/gen-0000", "pca")


def by_sklearn(rows: np.ndarray) -> dict[bool, Fitted]:
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    fitted = {}
    for center in (True, False):
        scaled = StandardScaler(with_mean=center).fit_transform(rows.astype(np.float64))
        pca = PCA(n_components=K, svd_solver="covariance_eigh").fit(scaled)
        fitted[center] = (pca.components_, pca.transform(scaled))
    return fitted


def by_spark(features: Path) -> dict[bool, Fitted]:
    """From the Parquet files themselves, as a user would."""
    from pyspark.ml.feature import PCA, StandardScaler
    from pyspark.ml.functions import array_to_vector, vector_to_array
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "6g")
    builder = builder.config("spark.ui.enabled", "false").config("spark.log.level", "ERROR")
    spark = builder.getOrCreate()
    frame = spark.read.parquet(str(features))
    frame = frame.select("path", array_to_vector("features").alias("features")).cache()
    model = None
    fitted = {}
    for center in (True, False):
        scaler = StandardScaler(withMean=center, inputCol="features", outputCol="scaled")
        scaled = scaler.fit(frame).transform(frame)
        # Its covariance is the same either way: one model serves both.
        model = model or PCA(k=K, inputCol="scaled", outputCol="pca").fit(scaled)
        reduced = model.transform(scaled).select("path", vector_to_array("pca").alias("pca"))
        rows = np.array([row.pca for row in reduced.orderBy("path").collect()])
        fitted[center] = (model.pc.toArray().T, rows)
    spark.stop()
    return fitted


def compare(name: str, got: Fitted, want: Fitted, verdicts: kit.Verdicts) -> None:
    sign = np.sign((got[0] * want[0]).sum(axis=1))
    verdicts.below(f"{name}, components", kit.worst_row(got[0] * sign[:, None], want[0]), LIMIT)
    verdicts.below(f"{name}, reduced rows", kit.worst_row(got[1] * sign, want[1]), LIMIT)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--skip-spark", action="store_true")
    arguments = parser.parse_args()
    folder = kit.fresh("stats")
    photos = kit.fruit_photos(564)
    kit.link(photos, folder / "photos")
    run = folder / "run"
    kit.pomona("extract", folder / "photos", "--out", run)
    rows = kit.column(run / "features", "features")
    peers = {"sklearn": by_sklearn(rows)}
    if not arguments.skip_spark:
        peers["spark"] = by_spark(run / "features")
    verdicts = kit.Verdicts()
    for convention, fitted in peers.items():
        for center, want in fitted.items():
            out = folder / f"{convention}-{center}"
            name = f"{convention}, {len(rows)} x {rows.shape[1]}, {'' if center else 'not '}centred"
            compare(name, by_pomona(run, out, convention, center), want, verdicts)
    verdicts.exit()


main()
