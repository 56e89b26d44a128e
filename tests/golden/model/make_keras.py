# SPDX-License-Identifier: Apache-2.0
"""Writes vgg16_keras.safetensors and vgg16_layers.tsv: what Keras's VGG16 gives.

    make_keras.py FRUITS_360_TEST_FOLDER WEIGHTS.h5

WEIGHTS.h5 is vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5. Needs TensorFlow (2.21
was used, with Keras 3.15) and Pillow. Tensors: `pixels` (6 x 100 x 100 x 3, uint8 RGB,
six pictures of Fruits-360) and `pixels_64x48` (the first two at width 64, height 48), and
Keras's features of them after preprocess_input ("caffe"), flattened H, W, C:

    block5_pool, block5_pool_avg, block5_pool_max         of pixels
    block3_conv2_avg                                      of pixels
    small_block5_pool, small_block4_pool                  of pixels_64x48
"""

import sys
from pathlib import Path

import keras
import numpy as np
from golden_file import write_safetensors
from PIL import Image

PICTURES = [
    "Apple Golden 1",
    "Banana 1",
    "Cherry 1",
    "Avocado ripe 1",
    "Carrot 1",
    "Tomato not Ripened 1",
]
HERE = Path(__file__).parent


def features(base, pixels: np.ndarray, layer: str) -> np.ndarray:
    model = keras.Model(base.input, base.get_layer(layer).output)
    x = keras.applications.vgg16.preprocess_input(pixels.astype(np.float32))
    return np.asarray(model(x, training=False))


def flat(value: np.ndarray) -> np.ndarray:
    return value.reshape(len(value), -1)


def main(folder: Path, weights: str) -> None:
    pictures = [Image.open(sorted((folder / name).glob("*.jpg"))[0]) for name in PICTURES]
    pixels = np.stack([np.asarray(p.convert("RGB")) for p in pictures])
    small = np.stack([np.asarray(p.convert("RGB").resize((64, 48))) for p in pictures[:2]])

    def vgg16(height: int, width: int):
        shape = (height, width, 3)
        return keras.applications.VGG16(weights=weights, include_top=False, input_shape=shape)

    base = vgg16(100, 100)
    last = features(base, pixels, "block5_pool")
    little = vgg16(48, 64)
    tensors = {
        "pixels": pixels,
        "pixels_64x48": small,
        "block5_pool": flat(last),
        "block5_pool_avg": last.mean(axis=(1, 2), dtype=np.float64).astype(np.float32),
        "block5_pool_max": last.max(axis=(1, 2)),
        "block3_conv2_avg": features(base, pixels, "block3_conv2")
        .mean(axis=(1, 2), dtype=np.float64)
        .astype(np.float32),
        "small_block5_pool": flat(features(little, small, "block5_pool")),
        "small_block4_pool": flat(features(little, small, "block4_pool")),
    }
    metadata = {
        "made_by": f"make_keras.py with Keras {keras.__version__}",
        "pictures": "Fruits-360 (Horea Muresan, Mihai Oltean), MIT licence: " + ", ".join(PICTURES),
    }
    write_safetensors(HERE / "vgg16_keras.safetensors", tensors, metadata)
    with open(HERE / "vgg16_layers.tsv", "w") as out:
        for layer in base.layers:
            shape = layer.output.shape
            print(layer.name, shape, layer.count_params(), sep="\t", file=out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
