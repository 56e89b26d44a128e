# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's multinomial logistic regression on features.safetensors.

python tests/golden/stats/make_softmax.py

Ten classes of neighbouring rows, 28 of the first and two fewer of each next one. Columns are
standardised; C = 1 / (penalty n). Scores are less their class 0, which takes away what all
classes share; the objective is the mean (weighted) log loss with penalty / 2 |w|^2.
"""

import golden_io
import numpy as np
import sklearn
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

CLASSES = 10


def main() -> None:
    rows = golden_io.features()[:280].astype(np.float64)
    classes = np.arange(len(rows)) * CLASSES // len(rows)
    kept = np.arange(len(rows)) % 28 < 28 - 2 * classes
    rows, classes = rows[kept], classes[kept]
    scaled = StandardScaler().fit_transform(rows)
    tensors = {}
    for penalty in (0.1, 0.001):
        for balance in (None, "balanced"):
            model = LogisticRegression(
                C=1 / (penalty * len(rows)), class_weight=balance, tol=1e-9, max_iter=100_000
            ).fit(scaled, classes)
            scores = model.decision_function(scaled)
            weights = compute_sample_weight(balance, classes)
            losses = logsumexp(scores, axis=1) - scores[np.arange(len(rows)), classes]
            objective = (weights * losses).mean() + penalty / 2 * (model.coef_**2).sum()
            name = f"{penalty}_{'balanced' if balance else 'plain'}"
            tensors[f"scores_{name}"] = np.ascontiguousarray(scores - scores[:, :1])
            tensors[f"objective_{name}"] = np.array([objective])
            print(name, objective, model.n_iter_)
    source = f"scikit-learn {sklearn.__version__}"
    golden_io.write("softmax.safetensors", tensors, {"source": source})


main()
