# SPDX-License-Identifier: Apache-2.0
"""The job as a good Python programmer writes it in an afternoon, from folder to Parquet.

Pillow in two threads, OpenVINO's asynchronous queue, scikit-learn's StandardScaler and PCA,
pyarrow. It keeps all rows in memory, stops at the first bad picture and cannot resume.
"""

import argparse
import collections
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import openvino as ov
import pyarrow as pa
import pyarrow.parquet as pq
import vgg16
from PIL import Image
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

BATCH = 16
AHEAD = 8  # batches decoded ahead of the network


def load_batch(files: list[Path]) -> np.ndarray:
    batch = np.zeros((BATCH, 3, 100, 100), np.float32)
    for picture, file in zip(batch, files, strict=False):
        rgb = Image.open(file).convert("RGB").resize((100, 100), Image.Resampling.BILINEAR)
        picture[:] = (np.asarray(rgb)[:, :, ::-1] - vgg16.CAFFE_MEAN_BGR).transpose(2, 0, 1)
    return batch


def load_all(files: list[Path]) -> Iterator[np.ndarray]:
    """Batches in order, decoded by two threads a few batches ahead."""
    with ThreadPoolExecutor(2) as pool:
        waiting: collections.deque = collections.deque()
        for start in range(0, len(files), BATCH):
            waiting.append(pool.submit(load_batch, files[start : start + BATCH]))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def extract(files: list[Path], weights: Path, precision: str) -> np.ndarray:
    model = vgg16.build(weights)
    model.reshape([BATCH, 3, 100, 100])
    config = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": precision}
    compiled = ov.Core().compile_model(model, "CPU", config)
    features = np.empty((len(files), compiled.output(0).shape[1]), np.float32)

    def keep(request: ov.InferRequest, start: int) -> None:
        rows = features[start : start + BATCH]
        rows[:] = request.get_output_tensor(0).data[: len(rows)]

    queue = ov.AsyncInferQueue(compiled)
    queue.set_callback(keep)
    for number, batch in enumerate(load_all(files)):
        queue.start_async(batch, userdata=number * BATCH)
    queue.wait_all()
    return features


def write(files: list[Path], rows: np.ndarray, out: Path) -> None:
    values = pa.array(rows.astype(np.float32).ravel())
    columns = {
        "path": [str(file) for file in files],
        "label": [file.parent.name for file in files],
        "pca": pa.FixedSizeListArray.from_arrays(values, rows.shape[1]),
    }
    pq.write_table(pa.table(columns), out, compression="zstd")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--precision", choices=["f32", "bf16"], required=True)
    args = parser.parse_args()

    files = sorted(args.folder.rglob("*.jpg"))
    features = extract(files, args.weights, args.precision)
    extracted = time.perf_counter()
    scaled = StandardScaler(copy=False).fit_transform(features)
    reduced = PCA(64).fit_transform(scaled)
    write(files, reduced, args.out)
    result = {"images": len(files), "after_last_image": time.perf_counter() - extracted}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
