# SPDX-License-Identifier: Apache-2.0
"""What the network alone allows: an OpenVINO loop over pictures that are decoded already.

Prints one line of JSON: images a second of the loop, and the streams and batch of it. Without
--streams and --batch it first tries a few of each and takes the fastest.
"""

import argparse
import itertools
import json
import os
import time
from pathlib import Path

import numpy as np
import openvino as ov
import vgg16
from PIL import Image

Setting = tuple[int, int]  # streams, batch


def load_pictures(folder: Path) -> np.ndarray:
    """All pictures, decoded and normalised: N, 3, 100, 100 float32."""
    files = sorted(folder.rglob("*.jpg"))
    pictures = np.empty((len(files), 3, 100, 100), np.float32)
    for picture, file in zip(pictures, files, strict=True):
        rgb = Image.open(file).convert("RGB").resize((100, 100), Image.Resampling.BILINEAR)
        picture[:] = (np.asarray(rgb)[:, :, ::-1] - vgg16.CAFFE_MEAN_BGR).transpose(2, 0, 1)
    return pictures


def compile_model(weights: Path, precision: str, setting: Setting) -> ov.CompiledModel:
    streams, batch = setting
    model = vgg16.build(weights)
    model.reshape([batch, 3, 100, 100])
    config = {"INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": str(streams)}
    return ov.Core().compile_model(model, "CPU", config)


def infer(compiled: ov.CompiledModel, pictures: np.ndarray, batch: int, limit: float) -> float:
    """Images a second over all pictures, or over those of the first `limit` seconds."""
    queue = ov.AsyncInferQueue(compiled)
    for _ in range(len(queue)):
        queue.start_async(pictures[:batch], share_inputs=True)
    queue.wait_all()
    done = 0
    begin = time.perf_counter()
    for start in range(0, len(pictures) - batch + 1, batch):
        queue.start_async(pictures[start : start + batch], share_inputs=True)
        done += batch
        if time.perf_counter() - begin > limit:
            break
    queue.wait_all()
    return done / (time.perf_counter() - begin)


def sweep(weights: Path, precision: str, pictures: np.ndarray, seconds: float) -> Setting:
    cores = len(os.sched_getaffinity(0))
    settings = itertools.product(sorted({1, max(1, cores // 2), cores}), [8, 16, 32])
    rates = {}
    for setting in settings:
        compiled = compile_model(weights, precision, setting)
        rates[setting] = infer(compiled, pictures, setting[1], seconds)
    return max(rates, key=rates.__getitem__)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--precision", choices=["f32", "bf16"], required=True)
    parser.add_argument("--streams", type=int)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--sweep-only", action="store_true")
    parser.add_argument("--sweep-seconds", type=float, default=4.0)
    args = parser.parse_args()

    pictures = load_pictures(args.folder)
    setting = (args.streams, args.batch)
    if None in setting:
        setting = sweep(args.weights, args.precision, pictures, args.sweep_seconds)
    result = {"streams": setting[0], "batch": setting[1], "images": len(pictures)}
    if not args.sweep_only:
        compiled = compile_model(args.weights, args.precision, setting)
        result["images_per_second"] = infer(compiled, pictures, setting[1], float("inf"))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
