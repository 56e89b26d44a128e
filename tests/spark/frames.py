# SPDX-License-Identifier: Apache-2.0
"""What the tests of Spark ML's words share."""

import numpy as np

# VGG16 at 32 x 32 gives 512 columns, many of them constant.
NETWORK = {"inputSize": 32, "precision": "f32"}


def matrix(frame, column):
    """A column's rows, in the order of the paths."""
    rows = frame.select("path", column).collect()
    return np.array([row[1].toArray() for row in sorted(rows, key=lambda row: row[0])])
