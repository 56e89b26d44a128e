# SPDX-License-Identifier: Apache-2.0
"""Pomona's job on an Apache Spark cluster (docs/spark.md).

from pomona.spark import SparkCluster
pomona.run("s3://bucket/fruits", "s3://bucket/out", cluster=SparkCluster(spark))

Executors import this package too: it imports no pyspark.
"""

from pomona.spark.engine import SparkCluster
from pomona.spark.errors import WorkerError

__all__ = ["SparkCluster", "WorkerError"]
