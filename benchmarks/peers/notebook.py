# SPDX-License-Identifier: Apache-2.0
"""The notebook that Pomona replaces, as a program: notebook.py FOLDER OUT.csv MODELS K

PySpark reads the pictures, Keras's VGG16 runs in a pandas UDF, Spark ML scales and reduces, and
the table goes through toPandas to a file. It is treated kindly: all cores, Arrow, one model a
partition and few partitions, features computed once and kept, a native LAPACK where the JVM finds
one. Prints a line of JSON: seconds of each part.
"""

import io
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from pyspark import SparkConf
from pyspark.ml.feature import PCA, StandardScaler
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col, element_at, pandas_udf, split

CORES = len(os.sched_getaffinity(0))


def open_session() -> SparkSession:
    os.environ["PYSPARK_PYTHON"] = sys.executable  # of the processes that run the UDF
    settings = {
        "spark.driver.memory": "6g",
        "spark.ui.enabled": "false",
        "spark.log.level": "ERROR",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.driver.host": "127.0.0.1",
    }
    conf = SparkConf().setMaster(f"local[{CORES}]").setAppName("notebook")
    conf.setAll(list(settings.items()))
    return SparkSession.builder.config(conf=conf).getOrCreate()


def make_model(weights: list[np.ndarray]):
    import keras

    shape = (100, 100, 3)
    model = keras.applications.VGG16(weights=None, include_top=False, input_shape=shape)
    model.set_weights(weights)
    model.trainable = False
    return model


def preprocess(content: bytes) -> np.ndarray:
    from keras.applications.vgg16 import preprocess_input

    image = Image.open(io.BytesIO(content)).convert("RGB").resize((100, 100))
    return preprocess_input(np.asarray(image, np.float32))


def extract(spark: SparkSession, folder: str, models: Path) -> DataFrame:
    with np.load(models / "vgg16.npz") as file:
        broadcast = spark.sparkContext.broadcast([file[name] for name in sorted(file)])

    @pandas_udf("array<float>")
    def featurize(contents: Iterator[pd.Series]) -> Iterator[pd.Series]:
        model = make_model(broadcast.value)
        for series in contents:
            rows = model.predict(np.stack(series.map(preprocess)), verbose=0)
            yield pd.Series(list(rows.reshape(len(rows), -1)))

    reader = spark.read.format("binaryFile").option("pathGlobFilter", "*.jpg")
    images = reader.option("recursiveFileLookup", "true").load(folder)
    images = images.withColumn("label", element_at(split(col("path"), "/"), -2))
    parts = images.repartition(2 * CORES)
    return parts.select("path", "label", featurize("content").alias("features")).cache()


def main(folder: str, out: str, models: Path, k: int) -> None:
    begin = time.perf_counter()
    spark = open_session()
    started = time.perf_counter()
    features = extract(spark, folder, models)
    images = features.count()
    extracted = time.perf_counter()

    vectors = features.select("path", "label", array_to_vector("features").alias("vector"))
    scaler = StandardScaler(inputCol="vector", outputCol="scaled", withMean=True, withStd=True)
    scaled = scaler.fit(vectors).transform(vectors)
    model = PCA(k=k, inputCol="scaled", outputCol="reduced").fit(scaled)
    fitted = time.perf_counter()
    reduced = model.transform(scaled)
    table = reduced.select("path", "label", vector_to_array("reduced").alias("pca")).toPandas()
    table.to_csv(out, index=False)
    end = time.perf_counter()
    stages = {"start": started - begin, "extract": extracted - started}
    stages |= {"fit": fitted - extracted, "table": end - fitted}
    print(json.dumps({"images": images, "stage_seconds": stages}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
