# SPDX-License-Identifier: Apache-2.0
"""Moments of columns with mean 1e4 and deviation 1, in exact arithmetic.

The rows come from a linear congruential generator that moments_test.cc repeats:
    python3 tests/golden/stats/make_moments.py > tests/golden/stats/moments.json
"""

import json
from fractions import Fraction

ROWS, DIM = 2000, 6


def main() -> None:
    state = 1
    rows: list[list[float]] = []
    for _ in range(ROWS):
        row: list[float] = []
        for j in range(DIM):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            u = (state >> 11) / 2.0**53 - 0.5
            shared = 0.0 if j == 0 else row[j - 1] - 1e4
            row.append(1e4 + (u * 3.0 + shared * 0.5))
        rows.append(row)
    columns = list(zip(*rows, strict=True))
    exact = [[Fraction(x) for x in c] for c in columns]
    mean = [sum(c) / ROWS for c in exact]
    centred = [[x - m for x in c] for c, m in zip(exact, mean, strict=True)]
    scatter = [
        [
            float(sum(a * b for a, b in zip(centred[i], centred[j], strict=True)))
            for j in range(i + 1)
        ]
        for i in range(DIM)
    ]
    print(
        json.dumps({"rows": ROWS, "dim": DIM, "mean": [float(m) for m in mean], "scatter": scatter})
    )


main()
