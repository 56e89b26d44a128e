# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's StandardScaler and PCA on features.safetensors.

python tests/golden/stats/make_sklearn.py
"""

import golden_io
import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler


def fit(rows: np.ndarray, center: bool) -> dict[str, np.ndarray]:
    scaler = StandardScaler(with_mean=center).fit(rows)
    scaled = scaler.transform(rows)
    pca = PCA(n_components=golden_io.COMPONENTS, svd_solver="full").fit(scaled)
    return {
        "mean": scaler.mean_ if scaler.mean_ is not None else rows.mean(0),
        "scale": scaler.scale_,
        "components": pca.components_,
        "variance": pca.explained_variance_,
        "ratio": pca.explained_variance_ratio_,
        "reduced": pca.transform(scaled),
    }


def main() -> None:
    rows = golden_io.features()
    tensors = {}
    for name, part, center in (
        ("centered", rows, True),
        ("plain", rows, False),
        ("few_rows", rows[: golden_io.FEW_ROWS], True),
    ):
        for key, value in fit(part, center).items():
            tensors[f"{name}.{key}"] = np.ascontiguousarray(value, np.float64)
    golden_io.write(
        "sklearn.safetensors", tensors, {"source": f"scikit-learn {sklearn.__version__}"}
    )


main()
