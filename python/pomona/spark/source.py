# SPDX-License-Identifier: Apache-2.0
"""What the data source "pomona" does: options, listing, shards, reading (pyspark_pomona)."""

import json
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa

from pomona import _core
from pomona._errors import ImageError

# At most so many pictures, and so many bytes of them where the listing knows, are read at once.
_SLICE = 64
_SLICE_BYTES = 64 << 20
# A picture in Parquet, whose size is not listed.
_UNKNOWN_BYTES = 4 << 20

_TYPES = {"string": pa.string(), "int": pa.int32(), "binary": pa.binary(), "long": pa.int64()}
_ROWS = "path string, label string, content binary"
_DECODED = "path string, label string, width int, height int, pixels binary"
_REJECTS = "path string, stage string, code string, message string, bytes long"


@dataclass(frozen=True)
class Request:
    """The options of a read."""

    src: str
    label_from: str = "dir"
    labels: tuple[str, ...] | None = None
    limit: int | None = None
    all_files: bool = False
    image_column: str = ""
    shard_size: int = 1024
    decode: bool = False
    rejects: bool = False
    max_pixels: int = 100_000_000

    @staticmethod
    def parse(options: dict[str, str]) -> "Request":
        """Raises ValueError that names the option."""
        values: dict[str, Any] = {}
        for name, text in options.items():
            if name == "paths":
                raise ValueError("the data source pomona reads one place: .load(place)")
            if name.lower() not in _OPTIONS:
                raise ValueError(
                    f"the data source pomona has no option {name!r}; it has "
                    + ", ".join(option for option, _, _ in _OPTIONS.values())
                )
            option, field, convert = _OPTIONS[name.lower()]
            try:
                values[field] = convert(text)
            except ValueError as error:
                raise ValueError(f"option {option} is {text!r}: {error}") from None
        if not values.get("src"):
            raise ValueError(
                "the data source pomona needs one place: "
                '.load("s3://bucket/prefix"), or a folder, a list, a tar or a Parquet file'
            )
        return Request(**values)

    @property
    def columns(self) -> str:
        """As DDL."""
        if self.rejects:
            return _REJECTS
        return _DECODED if self.decode else _ROWS

    @property
    def arrow_schema(self) -> pa.Schema:
        pairs = [column.split() for column in self.columns.split(", ")]
        return pa.schema([(name, _TYPES[kind]) for name, kind in pairs])

    def check_columns(self, names: list[str]) -> None:
        """A schema that the user gave must be this source's own."""
        if names != self.arrow_schema.names:
            raise ValueError(
                f"the data source pomona has the columns {self.columns}; leave .schema(...) out"
            )

    def open(self, *, listed: bool = False) -> _core.Source:
        """`listed`: to read what an earlier listing says, by which an archive's pictures are found
        without reading through it again."""
        return _core.Source(
            self.src,
            label_from=self.label_from,
            all_files=self.all_files,
            image_column=self.image_column,
            listed=listed,
        )


def _place(text: str) -> str:
    """Spark's ways to write a place as ours."""
    for theirs, ours in (("s3a://", "s3://"), ("s3n://", "s3://"), ("file://", "")):
        if text.startswith(theirs):
            return ours + text.removeprefix(theirs)
    return text.removeprefix("file:")


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("it must be true or false")
    return text.lower() == "true"


def _number(least: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not text.strip().isdecimal() or int(text) < least:
            raise ValueError(f"it must be a whole number of {least} or more")
        return int(text)

    return convert


def _labels(text: str) -> tuple[str, ...]:
    """A label, labels parted by commas, or a JSON list (where a label has a comma)."""
    try:
        found = json.loads(text) if text.lstrip().startswith("[") else text.split(",")
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON list ({error})") from None
    names = tuple(str(name).strip() for name in found)
    if not all(names):
        raise ValueError("it has an empty label")
    return names


# An option's name, the field of Request, how text becomes its value.
_Option: TypeAlias = tuple[str, str, Callable[[str], Any]]
_TABLE: list[_Option] = [
    ("path", "src", _place),
    ("labelFrom", "label_from", str),
    ("labels", "labels", _labels),
    ("limit", "limit", _number(0)),
    ("allFiles", "all_files", _flag),
    ("imageColumn", "image_column", str),
    ("shardSize", "shard_size", _number(1)),
    ("decode", "decode", _flag),
    ("rejects", "rejects", _flag),
    ("maxPixels", "max_pixels", _number(1)),
]
_OPTIONS: dict[str, _Option] = {option[0].lower(): option for option in _TABLE}


def shards(request: Request) -> list[bytes]:
    """The listing, cut; a task reads what was listed, or says what changed."""
    labels = None if request.labels is None else set(request.labels)
    listed = pa.array(request.open().list(labels=labels, limit=request.limit))
    batch = pa.RecordBatch.from_struct_array(listed)
    if labels and request.limit != 0:
        _check_labels(request, labels, batch)
    starts = range(0, batch.num_rows, request.shard_size)
    return [_to_bytes(batch.slice(start, request.shard_size)) for start in starts]


def _check_labels(request: Request, labels: set[str], batch: pa.RecordBatch) -> None:
    if request.limit is not None and batch.num_rows == request.limit:
        return  # the others may come later
    missing = sorted(labels - set(batch.column("label").unique().to_pylist()))
    if missing:
        raise ValueError(
            f"option labels: no picture of {request.src} has the label {missing[0]!r} "
            f"(labelFrom is {request.label_from!r})"
        )


def _to_bytes(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, batch.schema, options=options) as writer:
        writer.write_batch(batch)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def read(request: Request, listing: bytes) -> Iterator[pa.RecordBatch]:
    """A shard's rows, or its rejects. The next slice is read while one is worked on."""
    if not listing:
        return
    batch = pa.ipc.open_stream(listing).read_next_batch()
    source = _open_on_worker(request)
    with ThreadPoolExecutor(1) as ahead:
        reading = None
        for part in [*_slices(batch), None]:
            following = None if part is None else (part, ahead.submit(source.read, part))
            if reading is not None:
                listed, done = reading
                pictures = pa.RecordBatch.from_struct_array(pa.array(done.result()))
                _check_seen(request, pictures)
                yield _make(request, listed, pictures)
            reading = following


def _slices(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    first = size = 0
    for i, bytes_ in enumerate(batch.column("size").to_pylist()):
        more = _UNKNOWN_BYTES if bytes_ < 0 else bytes_
        if i > first and (i - first == _SLICE or size + more > _SLICE_BYTES):
            yield batch.slice(first, i - first)
            first, size = i, 0
        size += more
    yield batch.slice(first)


def _open_on_worker(request: Request) -> _core.Source:
    try:
        return request.open(listed=True)
    except (OSError, ValueError) as error:
        raise RuntimeError(_unseen(request, str(error))) from None


def _check_seen(request: Request, pictures: pa.RecordBatch) -> None:
    """An empty folder at the same path on another machine looks as if all had vanished."""
    if pictures.num_rows and set(pictures.column("code").to_pylist()) == {"vanished"}:
        why = pictures.column("message")[0].as_py()
        raise RuntimeError(_unseen(request, f"none of {pictures.num_rows} is there: {why}"))


def _unseen(request: Request, why: str) -> str:
    remedy = ". Check the worker's credentials and end point"
    if not request.src.startswith("s3://"):
        remedy = (
            ": name a place that every machine has at the same path (a shared file system), "
            "or s3://bucket/prefix"
        )
    return f"worker {socket.gethostname()} cannot read pictures of {request.src} ({why}){remedy}"


def _make(request: Request, listed: pa.RecordBatch, pictures: pa.RecordBatch) -> pa.RecordBatch:
    """What becomes of a slice: one of the three schemas."""
    if not (request.rejects or request.decode):
        usable = pictures.column("content").is_valid()
        columns = [listed.column("path"), listed.column("label"), pictures.column("content")]
        schema = request.arrow_schema
        arrays = [
            column.filter(usable).cast(field.type)
            for column, field in zip(columns, schema, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=schema)
    rows = []
    for entry, picture in zip(listed.to_pylist(), pictures.to_pylist(), strict=True):
        row = _decoded(request, entry, picture)
        if ("code" in row) == request.rejects:
            rows.append(row)
    return pa.RecordBatch.from_pylist(rows, schema=request.arrow_schema)


def _decoded(request: Request, entry: dict[str, Any], picture: dict[str, Any]) -> dict[str, Any]:
    """A row of the decoded picture, or of the reject."""
    content = picture["content"]
    reject = {name: picture[name] for name in ("stage", "code", "message")}
    if content is not None:
        try:
            pixels = _core.decode(content, request.max_pixels)
        except ImageError as error:
            reject = {"stage": error.stage, "code": error.code, "message": str(error)}
        else:
            height, width = pixels.shape[:2]
            row = {"path": entry["path"], "label": entry["label"], "width": width}
            return row | {"height": height, "pixels": pixels.tobytes() if request.decode else b""}
    size = entry["size"] if content is None else len(content)
    return {"path": entry["path"], **reject, "bytes": size}
