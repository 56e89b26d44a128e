# SPDX-License-Identifier: Apache-2.0
"""The moments of a column: a state a partition, merged in a fixed tree on the workers.

Neither rows nor more than one state travel to the driver. The same partitions with the same rows
in the same order give the same bits.
"""

import functools
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from pomona._core import Moments
from pomona.spark._executor import marked
from pomona.spark._vectors import kind_of, rows_of
from pomona.spark.errors import explain

# As stats::kMergeGroup: states of so many neighbours are merged one after the other.
_GROUP = 16
_SCHEMA = "part int, state binary"

State = tuple[int, bytes]


def moments_of(dataset: Any, column: str) -> Moments:
    """Raises ValueError where there is nothing to add up."""
    kind_of(dataset, column)
    context = dataset.sparkSession.sparkContext
    before = context.getLocalProperty("spark.job.description")
    context.setJobDescription(f"moments of {column}")
    try:
        found = dataset.select(dataset[column]).mapInArrow(_partition, _SCHEMA).rdd.map(tuple)
        states = _merged(found).collect()
    except Exception as error:
        raise explain(error) from None
    finally:
        context.setJobDescription(before)
    if not states:
        raise ValueError(f"column {column!r} has no rows to fit")
    return Moments.from_bytes(bytes(states[0][1]))


def _merged(states: Any) -> Any:
    """An RDD of one state at most."""
    count = states.getNumPartitions()
    while count > 1:
        count = -(-count // _GROUP)
        # Sorted outside of Python's memory: one state after the other is loaded.
        states = states.repartitionAndSortWithinPartitions(count, _group_of)
        states = states.mapPartitionsWithIndex(_merge)
    return states


def _group_of(part: int) -> int:
    return part // _GROUP


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
        arrays = [pa.array([part], pa.int32()), pa.array([moments.to_bytes()], pa.binary())]
        yield pa.RecordBatch.from_arrays(arrays, names=["part", "state"])


def _merge(group: int, states: Iterator[State]) -> Iterator[State]:
    _limit()
    sum_ = None
    try:
        for _, state in states:
            more = Moments.from_bytes(bytes(state))
            sum_ = more if sum_ is None else sum_.merge(more)
    except Exception as error:
        raise marked(error) from None
    if sum_ is not None:
        yield group, sum_.to_bytes()
