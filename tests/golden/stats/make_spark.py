# SPDX-License-Identifier: Apache-2.0
"""Spark ML's StandardScaler and PCA on features.safetensors.

python tests/golden/stats/make_spark.py     (PySpark 4.3 and Java 17)
"""

import golden_io
import numpy as np
import pyspark
from pyspark.ml.feature import PCA, StandardScaler
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import SparkSession
from pyspark.sql import functions as F


def fit(spark: SparkSession, rows: np.ndarray, center: bool) -> dict[str, np.ndarray]:
    data = [(i, [float(x) for x in row]) for i, row in enumerate(rows)]
    frame = spark.createDataFrame(data, "id int, features array<double>")
    frame = frame.select("id", array_to_vector("features").alias("features"))
    scaler = StandardScaler(
        withMean=center, withStd=True, inputCol="features", outputCol="scaled"
    ).fit(frame)
    scaled = scaler.transform(frame)
    pca = PCA(k=golden_io.COMPONENTS, inputCol="scaled", outputCol="pca").fit(scaled)
    reduced = pca.transform(scaled).orderBy("id").select(vector_to_array(F.col("pca")).alias("pca"))
    return {
        "mean": np.array(scaler.mean.toArray()),
        "scale": np.array(scaler.std.toArray()),
        "components": np.ascontiguousarray(pca.pc.toArray().T),
        "ratio": np.array(pca.explainedVariance.toArray()),
        "reduced": np.array([r.pca for r in reduced.collect()]),
    }


def main() -> None:
    spark = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    )
    rows = golden_io.features()
    tensors = {}
    for name, part, center in (
        ("centered", rows, True),
        ("plain", rows, False),
        ("few_rows", rows[: golden_io.FEW_ROWS], True),
    ):
        for key, value in fit(spark, part, center).items():
            tensors[f"{name}.{key}"] = value
    golden_io.write("spark.safetensors", tensors, {"source": f"PySpark {pyspark.__version__}"})
    spark.stop()


main()
