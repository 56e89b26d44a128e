# SPDX-License-Identifier: Apache-2.0
"""Columns of numbers between Spark and numpy: Spark ML vectors, and arrays."""

from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Kind = Literal["vector", "array"]
Matrix: TypeAlias = npt.NDArray[Any]
Function: TypeAlias = Callable[[Matrix], Matrix]

_DENSE = 1  # a vector's field `type`; 0 is sparse


def kind_of(dataset: Any, column: str) -> Kind:
    """Raises ValueError where `column` is not one of numbers."""
    from pyspark.ml.linalg import VectorUDT
    from pyspark.sql.types import ArrayType, NumericType

    if column not in dataset.columns:
        raise ValueError(f"there is no column {column!r}; there are {', '.join(dataset.columns)}")
    found = dataset.schema[column].dataType
    if isinstance(found, VectorUDT):
        return "vector"
    if isinstance(found, ArrayType) and isinstance(found.elementType, NumericType):
        return "array"
    raise ValueError(
        f"column {column!r} holds {found.simpleString()}; vectors or arrays of numbers are needed"
    )


def type_of(kind: Kind) -> Any:
    """Spark's type of a column that we make."""
    from pyspark.ml.linalg import VectorUDT
    from pyspark.sql.types import ArrayType, DoubleType

    return VectorUDT() if kind == "vector" else ArrayType(DoubleType(), containsNull=False)


def check_output(dataset: Any, column: str) -> None:
    if column in dataset.columns:
        raise ValueError(f"there is a column {column!r} already: name another outputCol")


def check_width(rows: Matrix, dim: int, column: str, kind: str) -> None:
    """Rows for a model of class `kind` that was fitted on `dim` numbers a row."""
    if len(rows) and rows.shape[1] != dim:
        raise ValueError(
            f"column {column!r} has {rows.shape[1]} numbers a row; this {kind} was fitted on {dim}"
        )


def with_column(dataset: Any, source: str, target: str, function: Function) -> Any:
    """`dataset` with a column of function(rows of `source`), of the same kind; null stays null.

    Spark computes it where it is asked for, from `source` alone.
    """
    from pyspark.sql.functions import arrow_udf

    kind = kind_of(dataset, source)
    check_output(dataset, target)

    def batches(arrays: Iterator[pa.Array]) -> Iterator[pa.Array]:
        for array in arrays:
            yield to_arrow(function(rows_of(array)), np.asarray(array.is_valid()), kind)

    udf = arrow_udf(batches, type_of(kind))
    return dataset.withColumn(target, udf(dataset[source]))


def rows_of(array: pa.Array) -> Matrix:
    """Rows that are not null, n x dim, float32 or float64."""
    array = array.drop_null()
    if pa.types.is_struct(array.type):
        types = np.asarray(array.field("type"))
        if not (types == _DENSE).all():
            return _sparse_rows(array, types)
        array = array.field("values")
    values = array.flatten()
    if values.null_count:
        raise ValueError("rows hold nulls: drop or fill them first")
    if not pa.types.is_floating(values.type):
        values = values.cast(pa.float64())
    if not len(array):
        return np.empty((0, 0))
    lengths = pc.list_value_length(array)
    least, most = pc.min(lengths).as_py(), pc.max(lengths).as_py()
    if least != most:
        raise ValueError(f"rows have {least} and {most} numbers; they must have equally many")
    return np.asarray(values).reshape(len(array), most)


def _sparse_rows(array: pa.StructArray, types: Matrix) -> Matrix:
    sizes, indices = array.field("size"), array.field("indices")
    values = array.field("values")
    dims = {len(values[i]) if types[i] == _DENSE else sizes[i].as_py() for i in range(len(array))}
    if len(dims) > 1:
        raise ValueError(f"rows have {min(dims)} and {max(dims)} numbers; they must be equal")
    rows = np.zeros((len(array), dims.pop()))
    for i in range(len(array)):
        at = slice(None) if types[i] == _DENSE else np.asarray(indices[i].values)
        rows[i, at] = np.asarray(values[i].values)
    return rows


def to_arrow(rows: Matrix, valid: npt.NDArray[np.bool_], kind: Kind) -> pa.Array:
    """float64 rows as a column; rows[j] stands at the j-th valid place, null elsewhere."""
    lengths = np.where(valid, rows.shape[1], 0)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    values = pa.array(np.ascontiguousarray(rows, np.float64).ravel())
    # Not by from_arrays(mask=): a list without values must be null too.
    nulls = pa.array(~valid)
    if kind == "array":
        return pa.ListArray.from_arrays(pa.array(offsets), values, mask=nulls)
    count = len(valid)
    fields = {
        "type": pa.array(np.full(count, _DENSE, np.int8)),
        "size": pa.nulls(count, pa.int32()),
        "indices": pa.nulls(count, pa.list_(pa.int32())),
        "values": pa.ListArray.from_arrays(pa.array(offsets), values),
    }
    return pa.StructArray.from_arrays(list(fields.values()), names=list(fields), mask=nulls)
