# SPDX-License-Identifier: Apache-2.0
"""The native engine beside OpenVINO on all photos of the test folder: rows and neighbours.

Both in float32; a row's nearest other row must be the same one, as a classifier sees it. Where the
CPU has bf16, the native engine's rows in that beside its own in float32.
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

    def extract(backend: str, precision: str) -> np.ndarray:
        out = folder / f"{backend}-{precision}"
        how = ("--precision", precision, "--backend", backend)
        kit.pomona("extract", links[0].parent, "--out", out, *how)
        return kit.column(out / "features", "features").astype(np.float64)

    rows = {backend: extract(backend, "f32") for backend in ("native", "openvino")}
    verdicts = kit.Verdicts()
    what = f"native and OpenVINO, {len(links)} photos"
    verdicts.below(f"{what}, worst row", kit.worst_row(rows["native"], rows["openvino"]), 2e-5)
    differ = int((neighbours(rows["native"]) != neighbours(rows["openvino"])).sum())
    verdicts.check(differ == 0, f"{what}: {differ} nearest neighbours differ")
    if kit.bf16_works():
        bf16 = extract("native", "bf16")
        what = f"native in bf16 and f32, {len(links)} photos"
        worst = kit.worst_cosine(bf16, rows["native"])
        verdicts.below(f"{what}, worst cosine's distance from 1", 1 - worst, 5e-4)
        labels = np.array([photo.parent.name for photo in photos])
        both = [labels[neighbours(one)] for one in (bf16, rows["native"])]
        differ = int((both[0] != both[1]).sum())
        verdicts.check(differ <= 2, f"{what}: {differ} nearest neighbours are of another fruit")
    verdicts.exit()


main()
