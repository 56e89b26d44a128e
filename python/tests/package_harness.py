# SPDX-License-Identifier: Apache-2.0
"""What the tests of the Python package share."""

import io

import numpy as np
from PIL import Image

SMALL = {"weights": "none", "input_size": 32, "precision": "f32", "components": 5}


def picture(seed, width=60, height=40, kind="JPEG"):
    """Encoded bytes of soft random colours."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (4, 6, 3), dtype=np.uint8))
    out = io.BytesIO()
    small.resize((width, height), Image.Resampling.BICUBIC).save(out, kind)
    return out.getvalue()
