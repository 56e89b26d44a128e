# SPDX-License-Identifier: Apache-2.0
"""What a user of plain pyspark does with exported models, and models for Pomona to import.

models.py FOLDER: FOLDER holds rows.npy (n x columns) and exported/NAME/. Writes NAME.npy (what the
model NAME makes of the rows) and resaved/NAME/, and fitted/ (foreign models) with their rows.
"""

import sys
from pathlib import Path

import numpy as np
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import PCA, MinMaxScaler, StandardScaler
from pyspark.ml.linalg import Vectors
from pyspark.sql import SparkSession


def spark_session():
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.memory", "1g").config("spark.log.level", "ERROR")
    return builder.config("spark.sql.shuffle.partitions", "1").getOrCreate()


def reduced(model, frame):
    return np.array([row.pca.toArray() for row in model.transform(frame).select("pca").collect()])


def foreign(name):
    scaler = StandardScaler(
        withMean=name != "uncentred",
        withStd=name != "unscaled",
        inputCol="features",
        outputCol="scaled",
    )
    pca = PCA(k=3, inputCol="features" if name == "alone" else "scaled", outputCol="pca")
    if name == "other":
        scaler = MinMaxScaler(inputCol="features", outputCol="scaled")
    return Pipeline(stages=[pca] if name == "alone" else [scaler, pca])


def main(folder):
    assert "pomona" not in sys.modules
    rows = np.load(folder / "rows.npy").astype(np.float64)
    spark = spark_session()
    frame = spark.createDataFrame([(Vectors.dense(row),) for row in rows], ["features"])
    for exported in sorted((folder / "exported").iterdir()):
        model = PipelineModel.load(str(exported))
        np.save(folder / f"{exported.name}.npy", reduced(model, frame))
        if exported.name in ("spark-uncentred", "sklearn"):  # saving takes seconds
            model.save(str(folder / "resaved" / exported.name))
    few = frame.rdd.map(lambda row: (Vectors.dense(row.features.toArray()[:24]),))
    few = spark.createDataFrame(few, ["features"]).cache()
    for name in ("centred", "uncentred", "unscaled", "alone", "other"):
        model = foreign(name).fit(few)
        model.save(str(folder / "fitted" / name))
        np.save(folder / "fitted" / f"{name}.npy", reduced(model, few))
    model.stages[-1].save(str(folder / "fitted" / "bare"))
    spark.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
