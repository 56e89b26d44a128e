# SPDX-License-Identifier: Apache-2.0
"""Reducers for other libraries, and theirs for Pomona.

from pomona import export
export.onnx(pomona.Reducer.load("out/"), "fruit.onnx", fuse=True)
reducer = export.from_spark("model-spark/", like="out/")

Files appear whole or not at all and are not replaced without `overwrite`. They carry the
kind of weights, the network and the preprocessing of the run (docs/formats.md).
"""

import os
from typing import Any

from pomona import _core, _sklearn
from pomona._core import Reducer
from pomona._sklearn import to_sklearn
from pomona._types import Path

__all__ = ["from_sklearn", "from_spark", "npz", "onnx", "sklearn", "spark", "to_sklearn"]


def npz(reducer: Reducer, path: Path, *, overwrite: bool = False) -> None:
    """Arrays for NumPy, with lines of Python that apply them (array `recipe`)."""
    _write(reducer, "npz", path, overwrite)


def onnx(
    reducer: Reducer,
    path: Path,
    *,
    fuse: bool = False,
    model: str = "vgg16",
    weights: str = "imagenet",
    overwrite: bool = False,
) -> None:
    """A graph `features` (N, columns) to `pca` (N, k), float32.

    fuse puts the reducer's network before it: `pixels` (N, H, W, 3) uint8, RGB, of the input
    size. model and weights name it where it is a file.
    """
    _write(reducer, "onnx", path, overwrite, fuse=fuse, model=model, weights=weights)


def spark(reducer: Reducer, path: Path, *, overwrite: bool = False) -> None:
    """A folder that pyspark.ml's PipelineModel.load reads; Spark is not needed here."""
    _write(reducer, "spark", path, overwrite)


def sklearn(reducer: Reducer, path: Path, *, overwrite: bool = False) -> None:
    """A joblib file of to_sklearn(reducer)."""
    _sklearn.save_sklearn(reducer, path, overwrite=overwrite)


def from_spark(path: Path, *, like: Path | None = None) -> Reducer:
    """The reducer of a saved PipelineModel (StandardScalerModel, PCAModel) or PCAModel.

    like: the run, or a reducer of it, on whose rows it was fitted. Without it the reducer
    takes feature rows, but no pictures.
    """
    return _with(_core.import_spark(os.fspath(path)), like)


def from_sklearn(model: Any, *, like: Path | None = None) -> Reducer:
    """The reducer of a fitted PCA or Pipeline(StandardScaler, PCA), or of a joblib file.

    A joblib file is a pickle and may run code: load those that you trust. like: as for
    from_spark.
    """
    is_path = isinstance(model, str | os.PathLike)
    reducer = _sklearn.load_sklearn(model) if is_path else _sklearn.from_sklearn(model)
    return _with(reducer, like)


def _with(reducer: Reducer, like: Path | None) -> Reducer:
    return reducer if like is None else _core.reducer_like(reducer, os.fspath(like))


def _write(
    reducer: Reducer,
    format: str,
    path: Path,
    overwrite: bool,
    *,
    fuse: bool = False,
    model: str = "vgg16",
    weights: str = "imagenet",
) -> None:
    _core.export_reducer(
        reducer,
        format,
        os.fspath(path),
        fuse=fuse,
        model=model,
        weights=weights,
        overwrite=overwrite,
    )
