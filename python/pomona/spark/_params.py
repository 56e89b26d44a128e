# SPDX-License-Identifier: Apache-2.0
"""What all stages with an input and an output column have."""

from typing import Self

from pyspark.ml.param import Params


class ColumnSetters(Params):
    """Beside HasInputCol and HasOutputCol, which have the getters alone."""

    def setInputCol(self, value: str) -> Self:
        return self._set(inputCol=value)

    def setOutputCol(self, value: str) -> Self:
        return self._set(outputCol=value)
