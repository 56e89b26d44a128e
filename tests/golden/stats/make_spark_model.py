# SPDX-License-Identifier: Apache-2.0
"""Saves spark_model/: a small PipelineModel (StandardScaler, PCA) as Spark itself writes it.

Five columns, of which one is constant; without Hadoop's .crc files.
"""

import shutil

import numpy as np
from golden_io import HERE
from pyspark.ml import Pipeline
from pyspark.ml.feature import PCA, StandardScaler
from pyspark.ml.linalg import Vectors
from pyspark.sql import SparkSession


def main() -> None:
    rows = np.random.default_rng(0).normal(size=(30, 5))
    rows[:, 2] = 1
    spark = (
        SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    )
    frame = spark.createDataFrame([(Vectors.dense(row),) for row in rows], ["features"])
    scaler = StandardScaler(withMean=True, inputCol="features", outputCol="scaled")
    pca = PCA(k=3, inputCol="scaled", outputCol="pca")
    folder = HERE / "spark_model"
    shutil.rmtree(folder, ignore_errors=True)
    Pipeline(stages=[scaler, pca]).fit(frame).save(str(folder))
    for checksum in folder.rglob(".*.crc"):
        checksum.unlink()


if __name__ == "__main__":
    main()
