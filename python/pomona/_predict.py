# SPDX-License-Identifier: Apache-2.0
"""Photos in, answers out."""

import json
import os
import tempfile
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path as FilePath

import pyarrow as pa
import pyarrow.parquet as pq

from pomona import _core
from pomona._job import Event
from pomona._types import Path, Regions

# One of these is a source by itself, as for run; any other file is a photo.
SOURCES = (".txt", ".csv", ".tar", ".parquet")


def predict(
    photos: Path | Iterable[Path],
    *,
    heads: Path | Iterable[Path] = (),
    regions: Regions | None = None,
    kinds: Iterable[str] = (),
    out: Path | None = None,
    label_from: str = "dir",
    limit: int | None = None,
    all_files: bool = False,
    image_column: str = "",
    threads: int = 0,
    on_event: Callable[[Event], object] | None = None,
) -> pa.Table:
    """What heads say of photos, as `pomona predict` does: a row a photo, or a row a fruit.

    photos: a photo or several; or one source as for run; or the folder of a run.
    heads: folders or files of heads, or "fruit", "variety", "maturity", "health", which are built
    in; without any, all four of these.
    regions: "photo" for one answer a photo; "fruits" for one for each fruit in it as well, with
    fruit_index (0 is the photo itself), region and box. Without it "fruits" where heads look for
    fruits (the built-in ones, and those of train --boxes).
    kinds: the only kinds that may be the answer.
    out: keeps rows and answers there, and the same call goes on with them.

    Columns: path, then of each head its target (the word), target_probability, target_known and
    target_candidates. Photos that cannot be used are left out, with a warning each.
    """
    if out is not None and "://" in os.fspath(out):
        raise ValueError(f"out is {out}: a local folder is needed; `pomona predict --out` takes S3")
    if isinstance(heads, str | os.PathLike):
        heads = [heads]
    locations = [os.fspath(head) for head in heads]
    settings: dict[str, object] = {
        "label_from": label_from,
        "limit": limit,
        "all_files": all_files,
        "image_column": image_column,
    }
    take = None if on_event is None else lambda line: on_event(json.loads(line))
    with tempfile.TemporaryDirectory(prefix="pomona-predict-") as scratch:
        source, typed = _source(photos, FilePath(scratch) / "photos.txt")
        destination = FilePath(scratch, "answers") if out is None else FilePath(out)
        _core.predict(
            source,
            os.fspath(destination),
            locations,
            regions,
            list(kinds),
            settings,
            threads=threads,
            events=take,
        )
        _warn_of_rejects(destination, typed)
        return _typed(pa.concat_tables(_read(destination / "answers")), typed)


def _source(photos: Path | Iterable[Path], listed: FilePath) -> tuple[str, dict[str, str]]:
    """A source as for run, and of photos how they were named."""
    if isinstance(photos, str | os.PathLike):
        name = os.fspath(photos)
        if "://" in name or os.path.isdir(name) or name.endswith(SOURCES):
            return name, {}
        photos = [name]
    typed = {os.path.abspath(os.fspath(photo)): os.fspath(photo) for photo in photos}
    if not typed:
        raise ValueError("no photos were given")
    for there, name in typed.items():
        if os.path.isdir(there):
            raise ValueError(f"{name} is a folder: give one folder, or photos")
        if not os.path.exists(there):
            raise FileNotFoundError(f"{name} is not there")
    listed.write_bytes(b"".join(os.fsencode(there) + b"\0" for there in typed))
    return str(listed), typed


def _read(folder: FilePath) -> list[pa.Table]:
    return [pq.read_table(file) for file in sorted(folder.glob("part-*.parquet"))]


def _warn_of_rejects(destination: FilePath, typed: dict[str, str]) -> None:
    for table in _read(destination / "rejects"):
        for reject in table.to_pylist():
            path = typed.get(reject["path"], reject["path"])
            warnings.warn(f"{path}: {reject['message']}", stacklevel=3)


def _typed(table: pa.Table, typed: dict[str, str]) -> pa.Table:
    """With photos named as the caller named them."""
    if not typed:
        return table
    paths = pa.array([typed.get(path, path) for path in table["path"].to_pylist()], pa.string())
    return table.set_column(0, table.schema.field("path"), paths)
