# SPDX-License-Identifier: Apache-2.0
"""Reads and writes the golden tensors (safetensors) without further packages."""

import json
import struct
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
COMPONENTS = 16
FEW_ROWS = 100  # a fit with fewer rows than columns
_DTYPES = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}
_NAMES = {v: k for k, v in _DTYPES.items()}


def write(name: str, tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> None:
    header: dict[str, object] = {"__metadata__": metadata}
    data = b""
    for key in sorted(tensors):
        raw = np.ascontiguousarray(tensors[key]).tobytes()
        header[key] = {
            "dtype": _NAMES[tensors[key].dtype],
            "shape": list(tensors[key].shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (HERE / name).write_bytes(struct.pack("<Q", len(text)) + text + data)


def read(name: str) -> dict[str, np.ndarray]:
    file = (HERE / name).read_bytes()
    size = struct.unpack("<Q", file[:8])[0]
    header = json.loads(file[8 : 8 + size])
    tensors = {}
    for key, entry in header.items():
        if key == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        flat = np.frombuffer(file[8 + size + begin : 8 + size + end], _DTYPES[entry["dtype"]])
        tensors[key] = flat.reshape(entry["shape"])
    return tensors


def features() -> np.ndarray:
    return read("features.safetensors")["features"].astype(np.float64)
