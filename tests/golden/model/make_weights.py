# SPDX-License-Identifier: Apache-2.0
"""Writes small weight files with real Keras (3.15 was used) and h5py.

    make_weights.py WEIGHTS.h5      (vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5)

classic.h5               the classic layout: WEIGHTS.h5 with its first convolution alone
keras3.weights.h5        13 convolutions; the first has VGG16's shape, convolution i > 0 has
                         i + 1 filters, so that their order shows
keras3_nested.weights.h5 the same as a nested model, after a convolution of its own
keras_whole.h5           the same as a whole saved model (group model_weights)
keras3_two.weights.h5    a model with two convolutions only
weights.json             the first numbers of each first kernel, in H, W, I, O order
"""

import json
import sys
from pathlib import Path

import h5py
import keras
import numpy as np

HERE = Path(__file__).parent


def stack():
    x = keras.Input((32, 32, 3), name="input")
    y = keras.layers.Conv2D(64, 3, padding="same", name="block1_conv1")(x)
    for i in range(1, 13):
        y = keras.layers.Conv2D(i + 1, 3, padding="same")(y)
    return keras.Model(x, y, name="stack")


def nested(inner):
    x = keras.Input((32, 32, 3))
    y = keras.layers.Conv2D(3, 3, padding="same")(x)
    y = keras.layers.Dropout(0.5)(inner(y))
    return keras.Model(x, keras.layers.Dense(2)(y))


def two():
    x = keras.Input((32, 32, 3))
    y = keras.layers.Conv2D(64, 3)(x)
    return keras.Model(x, keras.layers.Conv2D(2, 3)(y))


def cut_classic(source: str, target: Path) -> np.ndarray:
    with h5py.File(source) as whole, h5py.File(target, "w") as cut:
        cut.attrs["layer_names"] = whole.attrs["layer_names"][:2]
        for layer in whole.attrs["layer_names"][:2]:
            whole.copy(layer, cut)
        return whole["block1_conv1/block1_conv1_W_1:0"][()]


def main(weights: str) -> None:
    keras.utils.set_random_seed(5)
    first = {"classic.h5": cut_classic(weights, HERE / "classic.h5")}
    model = stack()
    model.save_weights(HERE / "keras3.weights.h5")
    nested(model).save_weights(HERE / "keras3_nested.weights.h5")
    model.save(HERE / "keras_whole.h5")
    two().save_weights(HERE / "keras3_two.weights.h5")
    kernel = model.get_layer("block1_conv1").kernel.numpy()
    for name in ("keras3.weights.h5", "keras3_nested.weights.h5", "keras_whole.h5"):
        first[name] = kernel
    numbers = {name: [float(x) for x in value.ravel()[:5]] for name, value in first.items()}
    (HERE / "weights.json").write_text(json.dumps(numbers, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
