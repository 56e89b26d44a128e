# SPDX-License-Identifier: Apache-2.0
"""Pomona's job on an Apache Spark cluster (docs/spark.md).

from pomona.spark import SparkCluster
pomona.run("s3://bucket/fruits", "s3://bucket/out", cluster=SparkCluster(spark))

Importing this package imports neither pyspark nor the compiled module's users: executors
import it too.
"""

from pomona.spark.engine import SparkCluster, WorkerError

__all__ = ["SparkCluster", "WorkerError"]
