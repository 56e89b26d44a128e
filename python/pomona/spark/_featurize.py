# SPDX-License-Identifier: Apache-2.0
"""What ImageFeaturizer does in Spark's Python workers; imports no pyspark.ml."""

import functools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from pomona import _core
from pomona._errors import ImageError
from pomona._network import FeatureExtractor
from pomona._types import Floats
from pomona.spark._vectors import Kind, to_arrow

# Pictures that are decoded at a time.
_SLICE = 64

# The network of the last task: a worker is used again and again, and it is compiled once.
_last: tuple[str, FeatureExtractor] | None = None


@dataclass(frozen=True)
class Work:
    """What is done to the pictures of the column `source`."""

    source: str
    target: str
    kind: Kind
    invalid: str  # skip, keep, error
    network: dict[str, Any]  # arguments of FeatureExtractor
    max_pixels: int


def featurize(
    work: Work, threads: int, batches: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """A task for mapInArrow: the batches with the column `target` at their end."""
    network = _network(work.network, threads)
    with ThreadPoolExecutor(threads) as pool:
        for batch in batches:
            for first in range(0, batch.num_rows, _SLICE):
                part = batch.slice(first, _SLICE)
                prepare = functools.partial(_prepare, work, network)
                planes = list(pool.map(prepare, part.column(work.source).to_pylist()))
                yield _with_features(work, network, part, planes)


def _network(settings: dict[str, Any], threads: int) -> FeatureExtractor:
    global _last
    key = f"{threads} {sorted(settings.items())}"
    if _last is None or _last[0] != key:
        _last = None  # frees the old network first
        _last = (key, FeatureExtractor(**settings, threads=threads))
    return _last[1]


def _prepare(work: Work, network: FeatureExtractor, content: bytes | None) -> Floats | ImageError:
    """A picture as the network wants it, or why not."""
    try:
        if content is None:
            raise ImageError("there are no bytes", "read", "empty")
        pixels = _core.decode(content, work.max_pixels)
        return network.prepare(pixels)
    except ImageError as error:
        return error


def _with_features(
    work: Work, network: FeatureExtractor, part: pa.RecordBatch, planes: list[Floats | ImageError]
) -> pa.RecordBatch:
    usable = [i for i, plane in enumerate(planes) if isinstance(plane, np.ndarray)]
    if work.invalid == "error" and len(usable) < len(planes):
        _raise(part, planes)
    images = [plane for plane in planes if isinstance(plane, np.ndarray)]
    rows = np.asarray(network.extract(np.stack(images))) if images else None
    if work.invalid == "skip":
        part, valid = part.take(pa.array(usable, pa.int64())), np.ones(len(usable), np.bool_)
    else:
        valid = np.zeros(len(planes), np.bool_)
        valid[usable] = True
    if rows is None:
        rows = np.empty((0, network.feature_dim), np.float32)
    features = to_arrow(rows, valid, work.kind)
    names = [*part.schema.names, work.target]
    return pa.RecordBatch.from_arrays([*part.columns, features], names=names)


def _raise(part: pa.RecordBatch, planes: list[Floats | ImageError]) -> None:
    for i, plane in enumerate(planes):
        if isinstance(plane, ImageError):
            named = "path" in part.schema.names
            where = part.column("path")[i].as_py() if named else "a picture"
            raise ImageError(
                f"{where}: {plane}. With handleInvalid='skip' such rows are left out, "
                "with 'keep' their features are null",
                plane.stage,
                plane.code,
            )
