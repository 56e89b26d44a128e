# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's linear discriminant analysis on features.safetensors.

python tests/golden/stats/make_lda.py

Ten classes of 28 neighbouring rows each. Scores are less their class 0, which takes away what
all classes share.
"""

import golden_io
import numpy as np
import sklearn
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

CLASSES = 10


def main() -> None:
    rows = golden_io.features()[:280]
    classes = np.arange(len(rows)) * CLASSES // len(rows)
    tensors = {}
    for shrinkage in (0.1, 0.5, 1.0):
        fitted = LinearDiscriminantAnalysis(
            solver="lsqr", shrinkage=shrinkage, priors=np.full(CLASSES, 1 / CLASSES)
        ).fit(rows, classes)
        scores = fitted.decision_function(rows)
        tensors[f"scores_{shrinkage}"] = np.ascontiguousarray(scores - scores[:, :1])
    golden_io.write("lda.safetensors", tensors, {"source": f"scikit-learn {sklearn.__version__}"})


main()
