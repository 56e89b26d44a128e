# SPDX-License-Identifier: Apache-2.0
"""VGG16's rows of about a hundred photos against Keras and Pillow.

Keras reads its own weight file, so that the built-in weights are checked too.
"""

import os

import kit
import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
# Eigen's convolutions: with oneDNN's, which OpenVINO has too, rows are equal to the last bit.
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
WEIGHTS = "weights/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"


def by_keras(photos: list[kit.Path]) -> np.ndarray:
    from keras.applications import vgg16

    network = vgg16.VGG16(
        weights=str(kit.SHARED / WEIGHTS), include_top=False, input_shape=(100, 100, 3)
    )
    batch = vgg16.preprocess_input(np.stack([kit.pixels(photo, 100) for photo in photos]))
    return network.predict(batch, batch_size=16, verbose=0).reshape(len(photos), -1)


def main() -> None:
    if not (kit.SHARED / WEIGHTS).is_file():
        kit.skip(f"Keras: no {kit.SHARED / WEIGHTS}")
    folder = kit.fresh("keras")
    fruit, shop = kit.fruit_photos(80), kit.shop_photos(24)
    photos = kit.link(fruit + shop, folder / "photos")
    want = by_keras(photos)
    verdicts = kit.Verdicts()
    what = f"Keras, {len(fruit)} photos on white, {len(shop)} of a shop resized"

    kit.pomona("extract", folder / "photos", "--out", folder / "f32", "--precision", "f32")
    got = kit.column(folder / "f32/features", "features")
    verdicts.below(f"{what}, f32, worst row's error", kit.worst_row(got, want), 1e-4)
    if not kit.bf16_works():
        print("SKIP bf16: this CPU has neither AVX-512 BF16 nor AMX")
        verdicts.exit()
    kit.pomona("extract", folder / "photos", "--out", folder / "bf16", "--precision", "bf16")
    got = kit.column(folder / "bf16/features", "features")
    cosine = kit.worst_cosine(got, want)
    verdicts.check(cosine > 0.999, f"{what}, bf16, worst cosine: {cosine:.6f} (limit 0.999)")
    print(f"     bf16, worst row's error: {kit.worst_row(got, want):.2g}")
    verdicts.exit()


main()
