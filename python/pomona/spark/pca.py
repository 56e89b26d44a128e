# SPDX-License-Identifier: Apache-2.0
"""PCA as in pyspark.ml.feature, fitted by Pomona's moments and eigen solvers."""

from typing import Any

from pyspark import keyword_only
from pyspark.ml.base import Estimator, Model
from pyspark.ml.feature import _PCAParams
from pyspark.ml.linalg import DenseMatrix, DenseVector, Vectors
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable

from pomona import _core
from pomona.spark._models import NumbersReadable, NumbersWritable
from pomona.spark._moments import moments_of
from pomona.spark._params import ColumnSetters
from pomona.spark._vectors import Matrix, check_output, check_width, with_column


class PCA(ColumnSetters, Estimator, _PCAParams, DefaultParamsReadable, DefaultParamsWritable):
    """Projects on the k directions of largest variance; rows are not centred, as in Spark ML.

    inputCol holds vectors or arrays; outputCol holds the same kind. In each component the
    element of the largest magnitude is positive (Spark leaves signs open).
    """

    @keyword_only
    def __init__(
        self,
        *,
        k: int | None = None,
        inputCol: str | None = None,
        outputCol: str | None = None,
    ) -> None:
        super().__init__()
        self.setParams(**self._input_kwargs)

    @keyword_only
    def setParams(
        self,
        *,
        k: int | None = None,
        inputCol: str | None = None,
        outputCol: str | None = None,
    ) -> "PCA":
        return self._set(**self._input_kwargs)

    def setK(self, value: int) -> "PCA":
        return self._set(k=value)

    def _fit(self, dataset: Any) -> "PCAModel":
        check_output(dataset, self.getOutputCol())
        source, k = self.getInputCol(), self.getK()
        moments = moments_of(dataset, source)
        if not 1 <= k <= moments.dim:
            raise ValueError(f"k is {k}; column {source!r} allows 1 to {moments.dim}")
        fitted = _core.fit(moments, components=k, center=False, scale=False)
        total = fitted.total_variance or 1.0
        model = PCAModel(
            # k rows of dim numbers are dim rows of k, column by column.
            DenseMatrix(moments.dim, k, fitted.components.ravel()),
            Vectors.dense(fitted.eigenvalues[:k] / total),
        )
        return self._copyValues(model._resetUid(self.uid))


class PCAModel(ColumnSetters, Model, _PCAParams, NumbersReadable, NumbersWritable):
    """What PCA fitted: `pc`, a component a column, and each one's share of the variance."""

    def __init__(
        self, pc: DenseMatrix | None = None, explainedVariance: DenseVector | None = None
    ) -> None:
        super().__init__()
        self._pc: Any = pc
        self._explained: Any = explainedVariance

    @property
    def pc(self) -> DenseMatrix:
        return self._pc

    @property
    def explainedVariance(self) -> DenseVector:
        return self._explained

    def numbers(self) -> dict[str, Any]:
        return {"pc": self._pc, "explainedVariance": self._explained}

    def _transform(self, dataset: Any) -> Any:
        source, pc = self.getInputCol(), self._pc.toArray()
        dim, kind = len(pc), type(self).__name__

        def project(rows: Matrix) -> Matrix:
            check_width(rows, dim, source, kind)
            projected: Matrix = rows.reshape(-1, dim) @ pc
            return projected

        return with_column(dataset, source, self.getOutputCol(), project)
