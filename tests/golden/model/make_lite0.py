# SPDX-License-Identifier: Apache-2.0
"""Writes what ONNX Runtime says of the Lite0 that ships with Pomona.

lite0_onnx.safetensors   `x`: 2 pictures of Fruits-360 as Lite0 takes them, (RGB - 127) / 128,
                         3 x 64 x 80; `feat`; `several`: stage4 and stage6, averaged, and feat;
                         `stage2` as H, W, C, of the first picture

Needs onnx, onnxruntime, numpy and Pillow.
"""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from golden_file import write_safetensors
from PIL import Image

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
NETWORK = ROOT / "assets/weights/efficientnet-lite0-imagenet.onnx"
PICTURES = ["Apple Braeburn 1/197_100.jpg", "Tomato 1/257_100.jpg"]


def picture(name: str) -> np.ndarray:
    image = Image.open(ROOT / "examples/fruits" / name).convert("RGB").resize((80, 64))
    return ((np.asarray(image, np.float32) - 127) / 128).transpose(2, 0, 1)


def main() -> None:
    x = np.stack([picture(name) for name in PICTURES])
    model = onnx.load(NETWORK)
    taps = ["stage2", "stage4", "stage6", "feat"]
    for name in taps[:-1]:
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(name))
    session = ort.InferenceSession(model.SerializeToString())
    stage2, stage4, stage6, feat = session.run(taps, {"x": x})
    means = [stage4.mean(axis=(2, 3)), stage6.mean(axis=(2, 3)), feat]
    tensors = {
        "x": x,
        "feat": feat,
        "several": np.concatenate(means, axis=1),
        "stage2": stage2[:1].transpose(0, 2, 3, 1).reshape(1, -1),
    }
    metadata = {"made_by": f"make_lite0.py with ONNX Runtime {ort.__version__}"}
    write_safetensors(HERE / "lite0_onnx.safetensors", tensors, metadata)


if __name__ == "__main__":
    main()
