# SPDX-License-Identifier: Apache-2.0
"""A run's folder, opened."""

import functools
import json
import os
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pomona._core import Reducer
from pomona._errors import NotFoundError
from pomona._types import Floats, Path

if TYPE_CHECKING:
    import pandas as pd


class Run:
    """The tables, the reducer and the manifest of a finished run.

    generation: None is the current one.
    """

    def __init__(self, path: Path, generation: int | None = None) -> None:
        self.path = FilePath(path)
        if not (self.path / "plan.json").is_file():
            raise NotFoundError(f"{self.path} is no run's folder: it holds no plan.json")
        if not (self.path / "manifest.json").is_file():
            raise NotFoundError(
                f"{self.path}: the run is not finished (no manifest.json). "
                "The command that began it goes on"
            )
        self.generation: int = (
            int(self.manifest["generation"]) if generation is None else generation
        )

    def __repr__(self) -> str:
        rows, components = self.manifest["rows"], self.manifest.get("components", 0)
        loud = ", RANDOM WEIGHTS" if self.random_weights else ""
        return f"<pomona.Run {os.fspath(self.path)!r}: {rows} rows x {components}{loud}>"

    @functools.cached_property
    def manifest(self) -> dict[str, Any]:
        """What the run holds and how it came about."""
        return self._json("manifest.json")

    @functools.cached_property
    def plan(self) -> dict[str, Any]:
        """Everything that decided bytes."""
        return self._json("plan.json")

    @functools.cached_property
    def reducer(self) -> Reducer:
        """The scaler and PCA of this generation."""
        return Reducer.load(self.path / "reducer" / self._folder)

    @property
    def random_weights(self) -> bool:
        """True when the network had learned nothing."""
        return bool(self.manifest["random_weights"])

    def to_arrow(self) -> pa.Table:
        """The reduced table: path, label, pca."""
        return pa.concat_tables(list(self._tables(f"reduced/{self._folder}")))

    def to_pandas(self, *, expand: bool = False) -> "pd.DataFrame":
        """The reduced table; pca holds an array a row, or columns pca_0 .. pca_{k-1}."""
        table = self.to_arrow()
        if not expand:
            return table.to_pandas()
        values = _matrix(table, "pca")
        for i in range(values.shape[1]):
            table = table.append_column(f"pca_{i}", pa.array(values[:, i]))
        return table.drop_columns(["pca"]).to_pandas()

    def to_numpy(self) -> Floats:
        """The reduced rows alone, rows x k."""
        return _matrix(self.to_arrow(), "pca")

    def features(self) -> Iterator[pa.Table]:
        """The feature tables, a shard at a time: path, label, width, height, sha256, features."""
        return self._tables("features")

    def rejects(self) -> pa.Table:
        """The pictures that could not be used: path, stage, code, message, bytes."""
        tables = list(self._tables("rejects", required=False))
        if tables:
            return pa.concat_tables(tables)
        names = [("path", pa.string()), ("stage", pa.string()), ("code", pa.string())]
        return pa.schema([*names, ("message", pa.string()), ("bytes", pa.int64())]).empty_table()

    def scree(self) -> pa.Table:
        """Component, eigenvalue, its share of the variance, the share of all so far."""
        values = self.reducer.eigenvalues
        total = self.reducer.total_variance
        shares = values / total if total > 0 else np.zeros_like(values)
        return pa.table(
            {
                "component": np.arange(1, len(values) + 1),
                "eigenvalue": values,
                "explained_variance_ratio": shares,
                "cumulative": np.cumsum(shares),
            }
        )

    @property
    def _folder(self) -> str:
        return f"gen-{self.generation:04d}"

    def _json(self, name: str) -> dict[str, Any]:
        value = json.loads((self.path / name).read_text(encoding="utf-8"))
        if not isinstance(value, dict):
            raise ValueError(f"{self.path / name} is damaged: it is no JSON object")
        return value

    def _tables(self, folder: str, *, required: bool = True) -> Iterator[pa.Table]:
        files = sorted((self.path / folder).glob("part-*.parquet"))
        if required and not files:
            raise NotFoundError(f"{self.path / folder} holds no tables")
        return (pq.ParquetFile(file).read() for file in files)


def open(path: Path, *, generation: int | None = None) -> Run:
    """A run's folder, to read its tables."""
    return Run(path, generation)


def _matrix(table: pa.Table, column: str) -> Floats:
    chunks = [np.asarray(chunk.flatten()).reshape(len(chunk), -1) for chunk in table[column].chunks]
    filled = [chunk for chunk in chunks if len(chunk)]
    size = table.schema.field(column).type.list_size
    return np.concatenate(filled) if filled else np.empty((0, size), np.float32)
