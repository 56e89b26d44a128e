# SPDX-License-Identifier: Apache-2.0
"""Networks that turn pictures into rows."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from pomona import _core
from pomona._core import Normalization, PreprocessContract, Rows
from pomona._images import read_image
from pomona._types import (
    Backend,
    Filter,
    Fit,
    Floats,
    ImageLike,
    Pool,
    Precision,
    Size,
    height_width,
)


class FeatureExtractor:
    """A compiled network with its preprocessing: pictures in, rows out.

    model: "vgg16" (or vgg11, vgg13, vgg19), "lite0" or an ONNX file. weights: "imagenet" (built
    in, of vgg16 and lite0), "none" (random, from seed) or a file. input_size: 0 is the network's
    own (VGGs: 100), a pair is height and width. A row depends on its picture alone, bit for bit.
    """

    def __init__(
        self,
        model: str = "vgg16",
        weights: str = "imagenet",
        *,
        precision: Precision = "auto",
        backend: Backend = "auto",
        threads: int = 0,
        batch: int = 16,
        seed: int = 42,
        input_size: Size = 0,
        layer: str = "",
        pool: Pool = "none",
        fit: Fit = "stretch",
        filter: Filter = "bilinear",
        normalization: Normalization | None = None,
    ) -> None:
        self._core = _core.Extractor(
            model=model,
            weights=weights,
            seed=seed,
            input_size=height_width(input_size),
            layer=layer,
            pool=pool,
            precision=precision,
            backend=backend,
            threads=threads,
            batch=batch,
        )
        self._threads = threads or None
        self.contract = PreprocessContract(
            size=self._core.input_size,
            fit=fit,
            filter=filter,
            normalization=normalization or self._core.normalization,
        )

    @property
    def feature_dim(self) -> int:
        """Numbers a row."""
        return self._core.feature_dim

    @property
    def precision(self) -> str:
        """What "auto" became: "f32" or "bf16"."""
        return self._core.precision

    @property
    def backend(self) -> str:
        """The library that runs the network, with its version."""
        return self._core.backend

    @property
    def weights(self) -> str:
        """Where the weights are from."""
        return self._core.weights

    @property
    def random_weights(self) -> bool:
        """True when the network has learned nothing."""
        return self._core.random_weights

    def prepare(self, image: ImageLike) -> Floats:
        """One picture as the network wants it: 3 x height x width."""
        pixels = image if isinstance(image, np.ndarray) else read_image(image)
        return _core.preprocess(pixels, self.contract)

    def extract(self, images: Floats | Sequence[ImageLike]) -> Rows:
        """Rows of a prepared batch (n x 3 x height x width), or of pictures.

        numpy.asarray(rows) and pyarrow.array(rows) see them without a copy.
        """
        if isinstance(images, np.ndarray):
            return self._core.extract(images)
        if isinstance(images, str | bytes):
            raise TypeError("extract takes a list of pictures, not one: extract([picture])")
        with ThreadPoolExecutor(self._threads) as pool:
            planes = list(pool.map(self.prepare, images))
        height, width = self._core.input_size
        batch = np.stack(planes) if planes else np.empty((0, 3, height, width), np.float32)
        return self._core.extract(batch)
