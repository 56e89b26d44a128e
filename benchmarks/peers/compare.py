# SPDX-License-Identifier: Apache-2.0
"""compare.py REFERENCE.npy ROWS.npy...: the relative 2-norm of each file's worst row, as JSON."""

import json
import sys

import numpy as np


def worst(rows: np.ndarray, reference: np.ndarray) -> float:
    if rows.shape != reference.shape:
        return float("inf")
    difference = np.linalg.norm(rows.astype(np.float64) - reference, axis=1)
    return float((difference / np.linalg.norm(reference.astype(np.float64), axis=1)).max())


if __name__ == "__main__":
    reference = np.load(sys.argv[1])
    print(json.dumps([worst(np.load(file), reference) for file in sys.argv[2:]]))
