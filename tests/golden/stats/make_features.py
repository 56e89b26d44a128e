# SPDX-License-Identifier: Apache-2.0
"""VGG16 features (Keras) of 282 pictures of Fruits-360, cut to 145 columns.

    POMONA_SHARED=../shared python tests/golden/stats/make_features.py

Needs TensorFlow. Two pictures of each class; of the 4,608 columns the first 120 that vary,
the first 24 that do not, spread among them, and one column that is 2.5 everywhere.
"""

import os
from pathlib import Path

import golden_io
import keras
import numpy as np
from PIL import Image


def main() -> None:
    shared = Path(os.environ["POMONA_SHARED"])
    weights = shared / "data/weights/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    model = keras.applications.VGG16(
        weights=str(weights), include_top=False, input_shape=(100, 100, 3)
    )
    folders = sorted((shared / "data/fruits-360/Training").iterdir())
    files = [f for folder in folders for f in sorted(folder.glob("*.jpg"))[::30][:2]]
    pictures = np.stack(
        [np.asarray(Image.open(f).convert("RGB").resize((100, 100)), np.float32) for f in files]
    )
    pictures = keras.applications.vgg16.preprocess_input(pictures)
    rows = model.predict(pictures, batch_size=16, verbose=0).reshape(len(files), -1)
    varies = rows.max(0) > rows.min(0)
    columns = sorted([*np.flatnonzero(varies)[:120], *np.flatnonzero(~varies)[:24]])
    rows = np.hstack([rows[:, columns], np.full((len(files), 1), 2.5, np.float32)])
    golden_io.write(
        "features.safetensors",
        {"features": np.ascontiguousarray(rows, np.float32)},
        {"source": "Keras VGG16, ImageNet weights, Fruits-360 pictures (licence: MIT)"},
    )


main()
