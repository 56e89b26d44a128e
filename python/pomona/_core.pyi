# SPDX-License-Identifier: Apache-2.0
# Made from the compiled module by the build (nanobind's stubgen).
from collections.abc import Mapping, Sequence, Set
import os
from typing import Annotated

import numpy
from numpy.typing import NDArray
from typing_extensions import CapsuleType


version: str = '0.1.0'

class Rows:
    """
    n rows of float32. numpy.asarray(rows) and pyarrow.array(rows) see the same memory.
    """

    def __len__(self) -> int: ...

    @property
    def shape(self) -> tuple[int, int]: ...

    def to_numpy(self) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]:
        """n x dim, a view."""

    def __array__(self, dtype: object | None = None, copy: object | None = None) -> object: ...

    def __arrow_c_schema__(self) -> CapsuleType: ...

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]:
        """The Arrow PyCapsule interface."""

class Normalization:
    """value = (pixel * scale - mean) / std, per channel."""

    def __init__(self, *, mean: Sequence[float] = [0.0, 0.0, 0.0], std: Sequence[float] = [1.0, 1.0, 1.0], scale: float = 1.0, bgr: bool = False) -> None: ...

    @staticmethod
    def named(name: str) -> Normalization:
        """caffe, tf, torch or none."""

    @property
    def name(self) -> str: ...

    @property
    def bgr(self) -> bool: ...

    @property
    def scale(self) -> float: ...

    @property
    def mean(self) -> list[float]: ...

    @property
    def std(self) -> list[float]: ...

    def __eq__(self, other: object, /) -> bool: ...

class PreprocessContract:
    """
    Everything between encoded bytes and the network's input, as one value.
    """

    def __init__(self, *, size: tuple[int, int] = (100, 100), fit: str = 'stretch', filter: str = 'bilinear', normalization: Normalization = ..., pad_color: Sequence[int] = [255, 255, 255], apply_orientation: bool = True) -> None:
        """size: (height, width)."""

    @property
    def size(self) -> tuple[int, int]: ...

    @property
    def fit(self) -> str: ...

    @property
    def filter(self) -> str: ...

    @property
    def normalization(self) -> Normalization: ...

    @property
    def pad_color(self) -> list[int]: ...

    @property
    def apply_orientation(self) -> bool: ...

    @property
    def decoder(self) -> str: ...

    def to_json(self) -> str: ...

    @staticmethod
    def from_json(text: str) -> PreprocessContract: ...

    def difference(self, other: PreprocessContract) -> str:
        """'' when equal, else the fields that differ."""

    def __eq__(self, other: object, /) -> bool: ...

    def __repr__(self) -> str: ...

def decode(data: bytes, max_pixels: int = 100000000, apply_orientation: bool = True) -> Annotated[NDArray[numpy.uint8], dict(shape=(None, None, 3))]:
    """Encoded bytes to height x width x 3, RGB."""

def preprocess(image: Annotated[NDArray[numpy.uint8], dict(shape=(None, None, 3), order='C', device='cpu', writable=False)], contract: PreprocessContract) -> Annotated[NDArray[numpy.float32], dict(shape=(3, None, None))]:
    """RGB pixels to 3 x height x width float32, as the network wants them."""

class ArrowHolder:
    """An Arrow array for pyarrow."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

class Source:
    """Pictures at a place: listed, and read."""

    def __init__(self, src: str, *, label_from: str = 'dir', all_files: bool = False, image_column: str = '', listed: bool = False) -> None:
        """
        listed: pictures of an earlier listing are read, and nothing else; an archive is not read through first.
        """

    def list(self, *, labels: Set[str] | None = None, limit: int | None = None) -> ArrowHolder:
        """
        The listing in a run's order: path, size, mtime, label, locator, valid_name, etag.
        """

    def read(self, listing: object) -> ArrowHolder:
        """
        content of each picture listed, or null with the reject: stage, code, message.
        """

class Extractor:
    """A compiled network; see pomona.FeatureExtractor."""

    def __init__(self, *, model: str, weights: str, seed: int, input_size: tuple[int, int], layer: str, pool: str, precision: str, backend: str, threads: int, batch: int) -> None: ...

    def extract(self, images: Annotated[NDArray[numpy.float32], dict(shape=(None, 3, None, None), order='C', device='cpu', writable=False)]) -> Rows:
        """count x 3 x height x width float32 to rows."""

    @property
    def normalization(self) -> Normalization: ...

    @property
    def weights(self) -> str: ...

    @property
    def random_weights(self) -> bool: ...

    @property
    def precision(self) -> str: ...

    @property
    def input_size(self) -> tuple[int, int]: ...

    @property
    def feature_dim(self) -> int: ...

    @property
    def backend(self) -> str: ...

def model_summary(model: str = 'vgg16', weights: str = 'imagenet', input_size: tuple[int, int] = (0, 0)) -> str:
    """Layers, shapes and parameters, as Keras's model.summary()."""

class Moments:
    """
    Count, mean and centred scatter of rows: all that a scaler and a PCA need. Reading and merging end a run of rows.
    """

    def __init__(self, dim: int | None = None) -> None:
        """dim: columns; None takes those of the first rows."""

    def update(self, rows: object) -> Moments:
        """
        Adds rows: a 2-D numpy array, pomona.Rows, or Arrow fixed-size lists, which are read where they are.
        """

    def merge(self, other: Moments) -> Moments:
        """Adds other's rows after these."""

    @property
    def count(self) -> int: ...

    @property
    def dim(self) -> int: ...

    @property
    def mean(self) -> NDArray[numpy.float64]: ...

    def covariance(self, ddof: int = 1) -> NDArray[numpy.float64]: ...

    def save(self, path: str | os.PathLike) -> None:
        """One file, whole or not at all."""

    @staticmethod
    def load(path: str | os.PathLike) -> Moments:
        """A state that save or a run (moments/block-*.bin) wrote."""

    def to_bytes(self) -> bytes:
        """The moments file."""

    @staticmethod
    def from_bytes(data: bytes) -> Moments: ...

    def __getstate__(self) -> bytes: ...

    def __setstate__(self, arg: bytes, /) -> None: ...

class Reducer:
    """A scaler and a PCA, fitted."""

    @property
    def mean(self) -> NDArray[numpy.float64]: ...

    @property
    def scale(self) -> NDArray[numpy.float64]: ...

    @property
    def eigenvalues(self) -> NDArray[numpy.float64]: ...

    @property
    def components(self) -> NDArray[numpy.float64]: ...

    @property
    def convention(self) -> str: ...

    @property
    def k(self) -> int: ...

    @property
    def center(self) -> bool: ...

    @property
    def dim(self) -> int: ...

    @property
    def count(self) -> int: ...

    @property
    def total_variance(self) -> float: ...

    @property
    def method(self) -> str: ...

    @property
    def metadata(self) -> dict[str, str]: ...

    def transform(self, rows: object) -> Rows:
        """n x dim float32 rows to n x k."""

    def save(self, folder: str | os.PathLike) -> None: ...

    @staticmethod
    def load(location: str | os.PathLike) -> Reducer:
        """A reducer's file or folder, or a run's."""

    def to_json(self) -> str: ...

    def to_bytes(self) -> bytes:
        """The safetensors file."""

def fit(moments: Moments, *, components: int | None = None, variance: float | None = None, convention: str = 'spark', center: bool = True, scale: bool = True, all_eigenvalues: bool = False) -> Reducer:
    """A reducer from moments."""

def fit_from(source: str | os.PathLike, *, components: int | None = None, variance: float | None = None, convention: str = 'spark', center: bool = True, scale: bool = True, all_eigenvalues: bool = False, pca: str = 'auto') -> Reducer:
    """
    A reducer from a run's folder, feature files or moments files. pca: "exact", "sketch", or "auto" as `pomona fit --pca` says.
    """

def train_head(rows: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)], classes: Sequence[str], groups: Sequence[str], *, method: str, strength: float | None, balance: bool, root: bool, normalize: bool, coverage: float, folds: int, target: str) -> HeadModel:
    """pomona.Head fits by this."""

class HeadModel:
    """What pomona.Head fits: the head's file in memory."""

    def predict(self, rows: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu', writable=False)]) -> tuple[NDArray[numpy.float64], list[list[int]], list[int], NDArray[numpy.float64]]:
        """
        Probabilities, candidates, known, and distances of n x dim float32 rows.
        """

    def save(self, folder: str | os.PathLike) -> None: ...

    @staticmethod
    def load(location: str | os.PathLike) -> HeadModel: ...

    @property
    def classes(self) -> list[str]: ...

    @property
    def target(self) -> str: ...

    @property
    def method(self) -> str: ...

    @property
    def coverage(self) -> float: ...

    @property
    def metadata(self) -> dict[str, str]: ...

    @metadata.setter
    def metadata(self, arg: Mapping[str, str], /) -> None: ...

    @property
    def root(self) -> bool: ...

    @property
    def normalize(self) -> bool: ...

    @property
    def dim(self) -> int: ...

    def to_json(self) -> str: ...

    def __getstate__(self) -> bytes: ...

    def __setstate__(self, arg: bytes, /) -> None: ...

def predict(source: str, destination: str, heads: Sequence[str], regions: str | None, kinds: Sequence[str], settings: dict[str, object], *, threads: int, events: object | None = None) -> list[str]: ...

def export_reducer(reducer: Reducer, format: str, path: str, *, fuse: bool, model: str, weights: str, overwrite: bool) -> None:
    """npz, onnx or spark."""

def import_spark(location: str) -> Reducer: ...

def make_reducer(*, convention: str, center: bool, count: int, mean: Sequence[float], scale: Sequence[float], components: Sequence[float], eigenvalues: Sequence[float], total_variance: float, imported: str, json: str) -> Reducer:
    """A reducer of another library's numbers."""

def reducer_like(reducer: Reducer, run: str) -> Reducer:
    """A copy with the network and preprocessing of a run."""

class RunReport:
    """What a run did; counts are of the whole destination."""

    @property
    def images(self) -> int: ...

    @property
    def rows(self) -> int: ...

    @property
    def rejects(self) -> dict[str, int]:
        """by code"""

    @property
    def generation(self) -> int: ...

    @property
    def feature_dim(self) -> int: ...

    @property
    def components(self) -> int: ...

    @property
    def explained_variance(self) -> float: ...

    @property
    def random_weights(self) -> bool: ...

    @property
    def nothing_to_do(self) -> bool: ...

    @property
    def seconds(self) -> float: ...

    @property
    def images_per_second(self) -> float: ...

    @property
    def warnings(self) -> list[str]: ...

    @property
    def manifest(self) -> str:
        """manifest.json"""

    def __repr__(self) -> str: ...

def run(source: str, destination: str, settings: dict[str, object], *, threads: int, max_bad: float, overwrite: bool, allow_other_cpu: bool, events: object | None = None, cluster: object | None = None, require_same_cpu: bool = False) -> RunReport: ...

def transform_rows(reducer: Reducer, source: str, destination: str, *, csv: bool = False, npz: bool = False) -> int: ...

class Tasks:
    """What a worker computes of a run that another process coordinates."""

    def __init__(self, spec: str, threads: int) -> None: ...

    def do(self, work: str, pieces: Sequence[int]) -> list[tuple[int, int, int, str, str, int]]:
        """
        (piece, rows, rejects, host, cpu, s3_retries) of each piece, committed.
        """

class ThreadLimit:
    """
    While it lives, sums, fits and networks of this process use so many threads.
    """

    def __init__(self, threads: int) -> None: ...
