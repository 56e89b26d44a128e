# SPDX-License-Identifier: Apache-2.0
"""The one file format of the goldens of this folder."""

import json
import struct
from pathlib import Path

import numpy as np


def write_safetensors(path: Path, tensors: dict[str, np.ndarray], metadata: dict[str, str]):
    header: dict[str, object] = {"__metadata__": metadata}
    data = b""
    for name, value in sorted(tensors.items()):
        dtype = {"uint8": "U8", "float32": "F32"}[value.dtype.name]
        raw = np.ascontiguousarray(value).tobytes()
        offsets = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": dtype, "shape": list(value.shape), "data_offsets": offsets}
        data += raw
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
