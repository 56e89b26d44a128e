# SPDX-License-Identifier: Apache-2.0
"""The whole job, from Python."""

import json
import os
from collections.abc import Callable
from typing import Any, Protocol

from pomona import _core
from pomona._core import Normalization, Reducer, RunReport
from pomona._types import (
    Backend,
    Convention,
    Descriptors,
    Done,
    Filter,
    Fit,
    Path,
    Pca,
    Pool,
    Precision,
    Regions,
    Size,
    Views,
    WhiteBalance,
    height_width,
)

Event = dict[str, Any]


class Cluster(Protocol):
    """Where the pieces of a run are computed when not in this process."""

    name: str

    def compute(
        self, work: str, spec: str, pieces: list[int], done: Done, stopped: Callable[[], bool]
    ) -> None:
        """`_core.Tasks(spec, threads).do(work, ...)` of all pieces, somewhere.

        done(piece, rows, rejects, host, cpu, s3_retries) is called on this thread, once a
        piece; what it raises ends the work.
        """


def run(
    src: Path,
    dst: Path,
    *,
    components: int | None = None,
    variance: float | None = None,
    convention: Convention = "spark",
    center: bool = True,
    all_eigenvalues: bool = False,
    pca: Pca = "auto",
    reducer: Path | None = None,
    reduce: bool = True,
    model: str = "vgg16",
    weights: str = "imagenet",
    seed: int = 42,
    input_size: Size = 0,
    layer: str = "",
    pool: Pool = "none",
    precision: Precision = "auto",
    backend: Backend = "auto",
    label_from: str = "dir",
    limit: int | None = None,
    all_files: bool = False,
    image_column: str = "",
    fit: Fit = "stretch",
    filter: Filter = "bilinear",
    pad_color: tuple[int, int, int] = (255, 255, 255),
    apply_orientation: bool = True,
    normalization: Normalization | None = None,
    white_balance: WhiteBalance = "none",
    views: Views = "one",
    descriptors: Descriptors = "network",
    regions: Regions = "photo",
    max_pixels: int = 100_000_000,
    csv: bool = False,
    npz: bool = False,
    keep_features: bool = True,
    shard_size: int = 1024,
    block_shards: int = 8,
    threads: int = 0,
    max_bad: float = 0.05,
    overwrite: bool = False,
    allow_other_cpu: bool = False,
    on_event: Callable[[Event], object] | None = None,
    cluster: Cluster | None = None,
    require_same_cpu: bool = False,
) -> RunReport:
    """Pictures at `src` to a reduced table in the folder `dst`, as `pomona run` does.

    Stopped (Ctrl-C) or killed, the same call goes on; with new pictures, it adds them.
    on_event is called with every event, from any thread; an exception of it stops the run.
    cluster computes the pieces elsewhere (pomona.spark.SparkCluster), with the same files as
    the result; require_same_cpu refuses its workers of another kind of CPU than the plan's.
    """
    settings: dict[str, object] = {
        "components": components,
        "variance": variance,
        "convention": convention,
        "center": center,
        "all_eigenvalues": all_eigenvalues,
        "pca": pca,
        "reducer": None if reducer is None else os.fspath(reducer),
        "reduce": reduce,
        "model": model,
        "weights": weights,
        "seed": seed,
        "input_size": height_width(input_size),
        "layer": layer,
        "pool": pool,
        "precision": precision,
        "backend": backend,
        "label_from": label_from,
        "limit": limit,
        "all_files": all_files,
        "image_column": image_column,
        "fit": fit,
        "filter": filter,
        "pad_color": pad_color,
        "apply_orientation": apply_orientation,
        "normalization": normalization,
        "white_balance": white_balance,
        "views": views,
        "descriptors": descriptors,
        "regions": regions,
        "max_pixels": max_pixels,
        "csv": csv,
        "npz": npz,
        "keep_features": keep_features,
        "shard_size": shard_size,
        "block_shards": block_shards,
    }
    take = None if on_event is None else lambda line: on_event(json.loads(line))
    return _core.run(
        os.fspath(src),
        os.fspath(dst),
        settings,
        threads=threads,
        max_bad=max_bad,
        overwrite=overwrite,
        allow_other_cpu=allow_other_cpu,
        events=take,
        cluster=cluster,
        require_same_cpu=require_same_cpu,
    )


def transform(
    reducer: Reducer, src: Path, dst: Path, *, csv: bool = False, npz: bool = False
) -> int:
    """A reducer on the feature rows of a run (or feature files) into `dst`; rows written."""
    return _core.transform_rows(reducer, os.fspath(src), os.fspath(dst), csv=csv, npz=npz)
