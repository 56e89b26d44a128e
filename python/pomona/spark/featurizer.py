# SPDX-License-Identifier: Apache-2.0
"""ImageFeaturizer: encoded pictures to the rows of a network, as a Spark ML Transformer."""

import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pyspark import TaskContext, keyword_only
from pyspark.ml.base import Transformer
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import HasInputCol, HasOutputCol
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql.types import BinaryType, StructField, StructType

from pomona.spark import _featurize
from pomona.spark._params import ColumnSetters
from pomona.spark._vectors import Kind, check_output, type_of

if TYPE_CHECKING:
    import pyarrow as pa

_CHOICES = {"outputType": ("vector", "array"), "handleInvalid": ("skip", "keep", "error")}

_DEFAULTS: dict[str, Any] = {
    "inputCol": "content",
    "outputCol": "features",
    "model": "vgg16",
    "weights": "imagenet",
    "seed": 42,
    "inputSize": 0,
    "layer": "",
    "pool": "none",
    "precision": "auto",
    "backend": "auto",
    "resize": "stretch",
    "filter": "bilinear",
    "maxPixels": 100_000_000,
    "outputType": "vector",
    "handleInvalid": "skip",
}

# Parameters that are arguments of pomona.FeatureExtractor.
_NETWORK = {
    "model": "model",
    "weights": "weights",
    "seed": "seed",
    "inputSize": "input_size",
    "layer": "layer",
    "pool": "pool",
    "precision": "precision",
    "backend": "backend",
    "resize": "fit",
    "filter": "filter",
}


def _text(name: str, doc: str) -> Any:
    return Param(Params._dummy(), name, doc, typeConverter=TypeConverters.toString)


def _number(name: str, doc: str) -> Any:
    return Param(Params._dummy(), name, doc, typeConverter=TypeConverters.toInt)


class ImageFeaturizer(
    ColumnSetters,
    Transformer,
    HasInputCol,
    HasOutputCol,
    DefaultParamsReadable,
    DefaultParamsWritable,
):
    """Encoded pictures (inputCol, "content") to rows of a network (outputCol, "features").

    Rows are those of `pomona run` with the same settings. A picture that cannot be used is left
    out (handleInvalid "skip"), has null features ("keep"), or ends the query ("error").
    """

    model = _text("model", '"vgg16" (vgg11, vgg13, vgg19), "lite0" or an ONNX file')
    weights = _text("weights", '"imagenet" (built in), "none" (random, from seed) or a file')
    seed = _number("seed", "seed of random weights")
    inputSize = _number("inputSize", "side of the network's input; 0 is its own")
    layer = _text("layer", 'layer that gives the row; "" is the last')
    pool = _text("pool", '"none", "avg" or "max" over the layer\'s height and width')
    precision = _text("precision", '"auto", "f32" or "bf16"')
    backend = _text("backend", '"auto", "native" or "openvino"')
    resize = _text("resize", '"stretch", "crop" or "pad"')
    filter = _text("filter", '"nearest", "bilinear", "bicubic" or "lanczos"')
    maxPixels = _number("maxPixels", "a picture of more pixels cannot be used")
    outputType = _text("outputType", '"vector" or "array"')
    handleInvalid = _text("handleInvalid", '"skip", "keep" or "error"')

    @keyword_only
    def __init__(
        self,
        *,
        inputCol: str = "content",
        outputCol: str = "features",
        model: str = "vgg16",
        weights: str = "imagenet",
        seed: int = 42,
        inputSize: int = 0,
        layer: str = "",
        pool: str = "none",
        precision: str = "auto",
        backend: str = "auto",
        resize: str = "stretch",
        filter: str = "bilinear",
        maxPixels: int = 100_000_000,
        outputType: str = "vector",
        handleInvalid: str = "skip",
    ) -> None:
        super().__init__()
        self._setDefault(**_DEFAULTS)
        self.setParams(**self._input_kwargs)

    def setParams(self, **params: Any) -> "ImageFeaturizer":
        """Raises ValueError for a word that a parameter does not know."""
        for name, words in _CHOICES.items():
            if params.get(name, words[0]) not in words:
                raise ValueError(f"{name} is {params[name]!r}; it must be one of {words}")
        return self._set(**params)

    def _transform(self, dataset: Any) -> Any:
        source, target = self.getInputCol(), self.getOutputCol()
        check_output(dataset, target)
        _check_bytes(dataset, source)
        kind: Kind = self.getOrDefault("outputType")
        work = _featurize.Work(
            source=source,
            target=target,
            kind=kind,
            invalid=self.getOrDefault("handleInvalid"),
            network={ours: self.getOrDefault(name) for name, ours in _NETWORK.items()},
            max_pixels=self.getOrDefault("maxPixels"),
        )
        schema = StructType([*dataset.schema.fields, StructField(target, type_of(kind))])
        return dataset.mapInArrow(functools.partial(_task, work), schema)


def _task(
    work: "_featurize.Work", batches: Iterator["pa.RecordBatch"]
) -> Iterator["pa.RecordBatch"]:
    context = TaskContext.get()
    return _featurize.featurize(work, context.cpus() if context else 1, batches)


def _check_bytes(dataset: Any, column: str) -> None:
    if column not in dataset.columns:
        raise ValueError(f"there is no column {column!r}; there are {', '.join(dataset.columns)}")
    found = dataset.schema[column].dataType
    if not isinstance(found, BinaryType):
        raise ValueError(
            f"column {column!r} holds {found.simpleString()}; encoded pictures (binary) are needed"
        )
