# SPDX-License-Identifier: Apache-2.0
"""Models that are some vectors and matrices: saved as Spark ML saves its own.

metadata/ holds the class and the parameters as JSON, data/ the numbers as a row of Parquet.
"""

from typing import Any

from pyspark.ml.util import (
    DefaultParamsReader,
    DefaultParamsWriter,
    MLReadable,
    MLReader,
    MLWritable,
    MLWriter,
)


class NumbersWritable(MLWritable):
    """A model whose numbers() are all that it has beside its parameters."""

    def numbers(self) -> dict[str, Any]:
        """By the names of __init__'s arguments."""
        raise NotImplementedError

    def write(self) -> MLWriter:
        return _Writer(self)


class NumbersReadable(MLReadable):
    @classmethod
    def read(cls) -> MLReader:
        return _Reader(cls)


class _Writer(MLWriter):
    def __init__(self, model: Any) -> None:
        super().__init__()
        self._model = model

    def saveImpl(self, path: str) -> None:
        DefaultParamsWriter.saveMetadata(self._model, path, self.sparkSession)
        numbers = self._model.numbers()
        row = self.sparkSession.createDataFrame([tuple(numbers.values())], list(numbers))
        row.coalesce(1).write.parquet(f"{path}/data")


class _Reader(MLReader):
    def __init__(self, kind: Any) -> None:
        super().__init__()
        self._kind = kind

    def load(self, path: str) -> Any:
        metadata = DefaultParamsReader.loadMetadata(path, self.sparkSession)
        wanted = f"{self._kind.__module__}.{self._kind.__name__}"
        if metadata["class"] != wanted:
            raise ValueError(f"{path} holds a {metadata['class']}, not a {wanted}")
        row = self.sparkSession.read.parquet(f"{path}/data").first()
        model = self._kind(**row.asDict())
        model._resetUid(metadata["uid"])
        DefaultParamsReader.getAndSetParams(model, metadata)
        return model
