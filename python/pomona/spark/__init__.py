# SPDX-License-Identifier: Apache-2.0
"""Pomona on an Apache Spark cluster (docs/spark.md): the whole job, and Spark ML's words.

from pomona.spark import SparkCluster
pomona.run("s3://bucket/fruits", "s3://bucket/out", cluster=SparkCluster(spark))

from pomona.spark import PCA, ImageFeaturizer, StandardScaler

Executors import this package too: it imports no pyspark before a name needs it.
"""

import importlib
from typing import TYPE_CHECKING, Any

from pomona.spark.engine import SparkCluster
from pomona.spark.errors import WorkerError

if TYPE_CHECKING:
    from pomona.spark.featurizer import ImageFeaturizer
    from pomona.spark.pca import PCA, PCAModel
    from pomona.spark.scaler import StandardScaler, StandardScalerModel

_MODULES = {
    "ImageFeaturizer": "featurizer",
    "PCA": "pca",
    "PCAModel": "pca",
    "StandardScaler": "scaler",
    "StandardScalerModel": "scaler",
}

__all__ = [
    "PCA",
    "ImageFeaturizer",
    "PCAModel",
    "SparkCluster",
    "StandardScaler",
    "StandardScalerModel",
    "WorkerError",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
