# SPDX-License-Identifier: Apache-2.0
"""StandardScaler as in pyspark.ml.feature, fitted by Pomona's moments."""

from typing import Any

import numpy as np
from pyspark import keyword_only
from pyspark.ml.base import Estimator, Model
from pyspark.ml.feature import _StandardScalerParams
from pyspark.ml.linalg import DenseVector, Vectors
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable

from pomona import _core
from pomona.spark._models import NumbersReadable, NumbersWritable
from pomona.spark._moments import moments_of
from pomona.spark._params import ColumnSetters
from pomona.spark._vectors import Matrix, check_output, check_width, with_column


class StandardScaler(
    ColumnSetters,
    Estimator,
    _StandardScalerParams,
    DefaultParamsReadable,
    DefaultParamsWritable,
):
    """Subtracts the mean (withMean, off) and divides by the sample deviation (withStd, on).

    inputCol holds vectors or arrays; outputCol holds the same kind.
    """

    @keyword_only
    def __init__(
        self,
        *,
        withMean: bool = False,
        withStd: bool = True,
        inputCol: str | None = None,
        outputCol: str | None = None,
    ) -> None:
        super().__init__()
        self.setParams(**self._input_kwargs)

    @keyword_only
    def setParams(
        self,
        *,
        withMean: bool = False,
        withStd: bool = True,
        inputCol: str | None = None,
        outputCol: str | None = None,
    ) -> "StandardScaler":
        return self._set(**self._input_kwargs)

    def setWithMean(self, value: bool) -> "StandardScaler":
        return self._set(withMean=value)

    def setWithStd(self, value: bool) -> "StandardScaler":
        return self._set(withStd=value)

    def _fit(self, dataset: Any) -> "StandardScalerModel":
        check_output(dataset, self.getOutputCol())
        moments = moments_of(dataset, self.getInputCol())
        # The scaler of a reducer; its PCA is made as small as can be.
        fitted = _core.fit(moments, components=1)
        model = StandardScalerModel(Vectors.dense(fitted.scale), Vectors.dense(fitted.mean))
        return self._copyValues(model._resetUid(self.uid))


class StandardScalerModel(
    ColumnSetters, Model, _StandardScalerParams, NumbersReadable, NumbersWritable
):
    """What StandardScaler fitted: `mean` and `std` of every column."""

    def __init__(self, std: DenseVector | None = None, mean: DenseVector | None = None) -> None:
        super().__init__()
        self._std: Any = std
        self._mean: Any = mean

    @property
    def std(self) -> DenseVector:
        return self._std

    @property
    def mean(self) -> DenseVector:
        return self._mean

    def numbers(self) -> dict[str, Any]:
        return {"std": self._std, "mean": self._mean}

    def _transform(self, dataset: Any) -> Any:
        mean = self._mean.toArray() if self.getWithMean() else None
        factor = None
        if self.getWithStd():
            std = self._std.toArray()
            # A column without variance becomes 0, as in Spark ML.
            factor = np.divide(1.0, std, out=np.zeros_like(std), where=std != 0)
        source, dim, kind = self.getInputCol(), len(self._mean), type(self).__name__

        def scale(rows: Matrix) -> Matrix:
            check_width(rows, dim, source, kind)
            scaled = rows.astype(np.float64).reshape(-1, dim)
            if mean is not None:
                scaled -= mean
            if factor is not None:
                scaled *= factor
            return scaled

        return with_column(dataset, source, self.getOutputCol(), scale)
