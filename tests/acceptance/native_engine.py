# SPDX-License-Identifier: Apache-2.0
"""The native engine beside OpenVINO on all photos of the test folder: rows and neighbours.

Both in float32; a row's nearest other row must be the same one, as a classifier sees it.
"""

import kit
import numpy as np


def neighbours(rows: np.ndarray) -> np.ndarray:
    """Of each row, the other row with the largest cosine."""
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    similar = units @ units.T
    np.fill_diagonal(similar, -1)
    return similar.argmax(axis=1)


def main() -> None:
    photos = kit.fruit_photos(2820)
    folder = kit.fresh("native")
    links = kit.link(photos, folder / "photos")
    rows = {}
    for backend in ("native", "openvino"):
        out = folder / backend
        kit.pomona(
            "extract", links[0].parent, "--out", out, "--precision", "f32", "--backend", backend
        )
        rows[backend] = kit.column(out / "features", "features").astype(np.float64)
    verdicts = kit.Verdicts()
    what = f"native and OpenVINO, {len(links)} photos"
    verdicts.below(f"{what}, worst row", kit.worst_row(rows["native"], rows["openvino"]), 2e-5)
    differ = int((neighbours(rows["native"]) != neighbours(rows["openvino"])).sum())
    verdicts.check(differ == 0, f"{what}: {differ} nearest neighbours differ")
    verdicts.exit()


main()
