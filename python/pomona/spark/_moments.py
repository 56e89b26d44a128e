# SPDX-License-Identifier: Apache-2.0
"""The moments of a column: a state a partition, merged in a fixed tree on the workers.

Neither rows nor more than one state travel to the driver. The same partitions with the same rows
in the same order give the same bits.
"""

import functools
import itertools
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from pomona._core import Moments
from pomona.spark._executor import marked
from pomona.spark._vectors import kind_of, rows_of
from pomona.spark.errors import explain

# As stats::kMergeGroup: states of so many neighbours are merged one after the other.
_GROUP = 16
# A state travels in pieces of so many bytes: Java copies a record several times.
_PIECE = 1 << 20
_SCHEMA = "part int, number int, piece binary"

# ((partition, number of the piece), piece)
Piece = tuple[tuple[int, int], bytes]


def moments_of(dataset: Any, column: str) -> Moments:
    """Raises ValueError where there is nothing to add up."""
    kind_of(dataset, column)
    context = dataset.sparkSession.sparkContext
    before = context.getLocalProperty("spark.job.description")
    context.setJobDescription(f"moments of {column}")
    try:
        found = dataset.select(dataset[column]).mapInArrow(_partition, _SCHEMA).rdd
        pieces = _merged(found.map(lambda row: ((row[0], row[1]), row[2]))).collect()
    except Exception as error:
        raise explain(error) from None
    finally:
        context.setJobDescription(before)
    if not pieces:
        raise ValueError(f"column {column!r} has no rows to fit")
    return Moments.from_bytes(b"".join(piece for _, piece in pieces))


def _merged(pieces: Any) -> Any:
    """An RDD of the pieces of one state at most, in order."""
    count = pieces.getNumPartitions()
    while count > 1:
        count = -(-count // _GROUP)
        # Sorted outside of Python's memory: one state after the other is loaded.
        pieces = pieces.repartitionAndSortWithinPartitions(count, _group_of)
        pieces = pieces.mapPartitionsWithIndex(_merge)
    return pieces


def _group_of(key: tuple[int, int]) -> int:
    return key[0] // _GROUP


def _pieces(part: int, moments: Moments) -> Iterator[Piece]:
    state = moments.to_bytes()
    for number, first in enumerate(range(0, len(state), _PIECE)):
        yield (part, number), state[first : first + _PIECE]


@functools.cache
def _limit() -> Any:
    """Kept as long as the worker lives: a task has spark.task.cpus threads."""
    from pyspark import TaskContext

    from pomona import _core

    context = TaskContext.get()
    return _core.ThreadLimit(context.cpus() if context else 1)


def _partition(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """A task for DataFrame.mapInArrow on the column alone."""
    from pyspark import TaskContext

    _limit()
    moments = Moments()
    some = False
    try:
        for batch in batches:
            rows = rows_of(batch.column(0))
            if len(rows):
                moments.update(rows)
                some = True
    except Exception as error:
        raise marked(error) from None
    if some:
        context = TaskContext.get()
        part = context.partitionId() if context else 0
        for key, piece in _pieces(part, moments):
            numbers = [pa.array([number], pa.int32()) for number in key]
            arrays = [*numbers, pa.array([piece], pa.binary())]
            yield pa.RecordBatch.from_arrays(arrays, names=["part", "number", "piece"])


def _merge(group: int, pieces: Iterator[Piece]) -> Iterator[Piece]:
    _limit()
    sum_ = None
    try:
        for _, state in itertools.groupby(pieces, lambda piece: piece[0][0]):
            more = Moments.from_bytes(b"".join(piece for _, piece in state))
            sum_ = more if sum_ is None else sum_.merge(more)
    except Exception as error:
        raise marked(error) from None
    if sum_ is not None:
        yield from _pieces(group, sum_)
