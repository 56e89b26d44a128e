# SPDX-License-Identifier: Apache-2.0
"""Fruit photos in, a small table of numbers and reliable answers out.

import pomona
pomona.run("photos/", "out/", components=32)
table = pomona.open("out/").to_pandas()
"""

from typing import TYPE_CHECKING, Any

from pomona._core import (
    Moments,
    Normalization,
    PreprocessContract,
    Reducer,
    Rows,
    RunReport,
    fit,
    fit_from,
    model_summary,
    preprocess,
)
from pomona._core import version as __version__
from pomona._errors import ImageError, NotFoundError
from pomona._images import list_images, read_image
from pomona._job import run, transform
from pomona._network import FeatureExtractor
from pomona._predict import predict
from pomona._run import Run, open

if TYPE_CHECKING:
    from pomona._head import Head

__all__ = [
    "FeatureExtractor",
    "Head",
    "ImageError",
    "Moments",
    "Normalization",
    "NotFoundError",
    "PreprocessContract",
    "Reducer",
    "Rows",
    "Run",
    "RunReport",
    "__version__",
    "fit",
    "fit_from",
    "list_images",
    "model_summary",
    "open",
    "predict",
    "preprocess",
    "read_image",
    "run",
    "transform",
]


def __getattr__(name: str) -> Any:
    """Head is there when it is asked for: it alone needs scikit-learn."""
    if name != "Head":
        raise AttributeError(f"module 'pomona' has no attribute '{name}'")
    try:
        from pomona._head import Head
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sklearn":
            raise
        raise ImportError(
            "pomona.Head needs scikit-learn: pip install 'pomona[sklearn]'", name="sklearn"
        ) from error
    return Head
