# SPDX-License-Identifier: Apache-2.0
"""Pictures: listed, read."""

import os
from pathlib import Path as FilePath

import pyarrow as pa

from pomona import _core
from pomona._errors import ImageError
from pomona._types import Path, Pixels


def list_images(
    src: Path,
    *,
    label_from: str = "dir",
    all_files: bool = False,
    image_column: str = "",
    limit: int | None = None,
) -> pa.Table:
    """The pictures at `src` in the order of a run: path, size, mtime, label.

    src: folder, list file (.txt, .csv, .parquet), .tar, or .parquet with pictures.
    label_from: dir, none, column:NAME, or a regular expression on the path.
    """
    source = _core.Source(
        os.fspath(src), label_from=label_from, all_files=all_files, image_column=image_column
    )
    batch = pa.RecordBatch.from_struct_array(pa.array(source.list(limit=limit)))
    return pa.Table.from_batches([batch]).select(["path", "size", "mtime", "label"])


def read_image(
    image: Path | bytes, *, max_pixels: int = 100_000_000, apply_orientation: bool = True
) -> Pixels:
    """Height x width x 3 RGB pixels of a file or of encoded bytes (JPEG, PNG, WebP).

    Raises ImageError for bytes that are no usable picture.
    """
    if isinstance(image, bytes):
        return _core.decode(image, max_pixels, apply_orientation)
    try:
        return _core.decode(FilePath(image).read_bytes(), max_pixels, apply_orientation)
    except ImageError as error:
        message = f"{os.fspath(image)}: {error}"
        raise ImageError(message, error.stage, error.code) from None
