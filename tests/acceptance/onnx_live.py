# SPDX-License-Identifier: Apache-2.0
"""EfficientNet-Lite0's rows of photos, with its settings in FILE.json, against ONNX Runtime."""

import json

import kit
import numpy as np

NETWORK = "weights/efficientnet_lite0_imagenet.onnx"
SIDE = 224
SETTINGS = {
    "size": SIDE,
    "channels": "rgb",
    "mean": [127, 127, 127],
    "std": [128, 128, 128],
    "layer": "feat",
}


def by_onnx_runtime(photos: list[kit.Path]) -> np.ndarray:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(kit.SHARED / NETWORK))
    batch = np.stack([(kit.pixels(photo, SIDE) - 127) / 128 for photo in photos])
    planes = np.ascontiguousarray(batch.transpose(0, 3, 1, 2), np.float32)
    rows = [session.run(["feat"], {"x": planes[i : i + 8]})[0] for i in range(0, len(photos), 8)]
    return np.concatenate(rows).reshape(len(photos), -1)


def main() -> None:
    if not (kit.SHARED / NETWORK).is_file():
        kit.skip(f"ONNX Runtime: no {kit.SHARED / NETWORK}")
    folder = kit.fresh("onnx")
    photos = kit.link(kit.fruit_photos(40) + kit.shop_photos(24), folder / "photos")
    (folder / "lite0.onnx").symlink_to((kit.SHARED / NETWORK).resolve())
    (folder / "lite0.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    kit.pomona(
        *("extract", folder / "photos", "--out", folder / "run"),
        *("--model", folder / "lite0.onnx", "--precision", "f32"),
    )
    got = kit.column(folder / "run/features", "features")
    error = kit.worst_row(got, by_onnx_runtime(photos))
    verdicts = kit.Verdicts()
    what = f"ONNX Runtime, {len(photos)} photos, f32, worst row's error"
    verdicts.below(what, error, 1e-4)
    verdicts.exit()


main()
