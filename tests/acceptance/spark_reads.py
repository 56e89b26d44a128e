# SPDX-License-Identifier: Apache-2.0
"""PySpark reads the tables of a run: schema, counts, and the values that pyarrow reads."""

import kit
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

KEYS = [("path", "string"), ("label", "string")]
SIZES = [("width", "bigint"), ("height", "bigint"), ("sha256", "string")]
SCHEMAS = {
    "features": [*KEYS, *SIZES, ("features", "array<float>")],
    "reduced": [*KEYS, ("pca", "array<float>")],
}


def read_table(folder: kit.Path) -> pa.Table:
    files = sorted(folder.glob("part-*.parquet"))
    return pa.concat_tables([pq.ParquetFile(file).read() for file in files])


def main() -> None:
    from pyspark.sql import SparkSession

    out = kit.fresh("spark") / "run"
    kit.pomona("run", kit.ROOT / "examples/fruits", "--out", out, "--shard-size", 100)
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.log.level", "ERROR").getOrCreate()
    verdicts = kit.Verdicts()
    for name, folder in {"features": out / "features", "reduced": out / "reduced/gen-0000"}.items():
        frame = spark.read.parquet(str(folder))
        verdicts.check(frame.dtypes == SCHEMAS[name], f"Spark, {name}: schema {frame.dtypes}")
        want = read_table(folder)
        rows = frame.orderBy("path").collect()
        verdicts.check(len(rows) == len(want), f"Spark, {name}: {len(rows)} rows")
        columns = [column for column, _ in SCHEMAS[name][:-1]]
        same = all([row[c] for row in rows] == want[c].to_pylist() for c in columns)
        verdicts.check(same, f"Spark, {name}: the same {', '.join(columns)} as pyarrow's")
        vector = SCHEMAS[name][-1][0]
        got = np.array([row[vector] for row in rows], np.float32)
        equal = np.array_equal(got, kit.column(folder, vector))
        verdicts.check(equal, f"Spark, {name}: the same {got.size:,} numbers as pyarrow's")
    spark.stop()
    verdicts.exit()


main()
