# SPDX-License-Identifier: Apache-2.0
"""Types that several modules name."""

import os
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Path: TypeAlias = str | os.PathLike[str]
Floats: TypeAlias = npt.NDArray[np.float32]
Pixels: TypeAlias = npt.NDArray[np.uint8]
# A file's path, its bytes, or pixels (height x width x 3, RGB).
ImageLike: TypeAlias = Path | bytes | Pixels
# A 2-D array, or anything with __arrow_c_array__ or __arrow_c_stream__.
RowsLike: TypeAlias = Any
Size: TypeAlias = int | tuple[int, int]
# Told of a piece of a run that was computed: piece, rows, rejects, host, cpu, s3_retries.
Done: TypeAlias = Callable[[int, int, int, str, str, int], None]

Fit = Literal["stretch", "crop", "pad"]
Filter = Literal["nearest", "bilinear", "bicubic", "lanczos"]
Pool = Literal["none", "avg", "max"]
WhiteBalance = Literal["none", "grey-world"]
Regions = Literal["photo", "fruits"]
Views = Literal["one", "mirror", "seven"]
Descriptors = Literal["network", "network,colour"]
Precision = Literal["auto", "f32", "bf16"]
Backend = Literal["auto", "openvino", "native"]
Convention = Literal["spark", "sklearn"]
Pca = Literal["auto", "exact", "sketch"]


def height_width(size: Size) -> tuple[int, int]:
    """(height, width) of a side or of a pair."""
    return (size, size) if isinstance(size, int) else size
