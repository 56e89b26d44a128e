# SPDX-License-Identifier: Apache-2.0
"""The job on Daft: daft_openvino.py FOLDER OUT.parquet MODELS K PRECISION

Daft reads, decodes and resizes, OpenVINO runs VGG16 in a UDF with two streams, scikit-learn
scales and reduces. Prints a line of JSON: seconds of each part.
"""

import json
import os
import sys
import time
from pathlib import Path

# Daft puts the network into a process of its own, which finds it here.
os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent)

import daft
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from daft import DataType, Series, col
from libraries import OpenVino, Setting
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

BATCH = 16
CALL = 128
MEAN_BGR = np.array([103.939, 116.779, 123.68], np.float32)


@daft.udf(
    return_dtype=DataType.list(DataType.float32()),
    batch_size=CALL,
    concurrency=1,
    use_process=False,
)
class Extract:
    def __init__(self, models: str, precision: str) -> None:
        self.network = OpenVino(Path(models), Setting(BATCH, 2, 1, precision))

    def __call__(self, images: Series) -> list[np.ndarray]:
        pictures = np.stack(images.to_pylist()).astype(np.float32)[..., ::-1] - MEAN_BGR
        count = len(pictures)
        planes = np.zeros((-(-count // BATCH) * BATCH, 3, 100, 100), np.float32)
        planes[:count] = pictures.transpose(0, 3, 1, 2)
        return list(self.network.extract(planes)[:count])


def main(folder: str, out: str, models: str, k: int, precision: str) -> None:
    begin = time.perf_counter()
    network = Extract.with_init_args(models, precision)
    frame = daft.from_glob_path(f"{folder}/**/*.jpg")
    image = col("path").url.download().image.decode(mode="RGB").image.resize(100, 100)
    table = frame.select("path", network(image).alias("features")).to_arrow()
    features = table["features"].combine_chunks().flatten().to_numpy().reshape(len(table), -1)
    extracted = time.perf_counter()

    scaled = StandardScaler().fit_transform(features)
    reduced = PCA(k).fit_transform(scaled).astype(np.float32)
    fitted = time.perf_counter()
    rows = pa.FixedSizeListArray.from_arrays(pa.array(reduced.ravel()), k)
    pq.write_table(pa.table({"path": table["path"], "pca": rows}), out, compression="zstd")
    end = time.perf_counter()
    stages = {"extract": extracted - begin, "fit": fitted - extracted, "table": end - fitted}
    print(json.dumps({"images": len(table), "stage_seconds": stages}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
