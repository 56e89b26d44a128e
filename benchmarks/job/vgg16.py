# SPDX-License-Identifier: Apache-2.0
"""VGG16 without its top as an OpenVINO model, for the peers that Pomona is measured against.

Built from the weights alone, so that the peers share no code with Pomona.
"""

import json
import struct
from pathlib import Path

import numpy as np
import openvino as ov
from openvino import opset13 as ops

# Convolutions of each block; every block ends in a 2x2 max pool.
BLOCKS = [2, 2, 3, 3, 3]
CAFFE_MEAN_BGR = np.array([103.939, 116.779, 123.68], np.float32)


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = np.frombuffer(data[begin:end], np.float32).reshape(entry["shape"])
    return tensors


def read_keras_h5(path: Path) -> dict[str, np.ndarray]:
    import h5py

    tensors: dict[str, np.ndarray] = {}
    with h5py.File(path, "r") as file:
        file.visititems(
            lambda name, item: (
                tensors.__setitem__(name, item[()]) if isinstance(item, h5py.Dataset) else None
            )
        )
    return tensors


def layer_weights(tensors: dict[str, np.ndarray], layer: str) -> tuple[np.ndarray, np.ndarray]:
    """The kernel of `layer` as OIHW and its bias."""
    found = [tensor for name, tensor in tensors.items() if layer in name]
    (kernel,) = (tensor for tensor in found if tensor.ndim == 4)
    (bias,) = (tensor for tensor in found if tensor.ndim == 1)
    if kernel.shape[:2] == (3, 3):  # Keras: HWIO
        kernel = kernel.transpose(3, 2, 0, 1)
    return np.ascontiguousarray(kernel), bias


def build(weights: Path, size: int = 100) -> ov.Model:
    """Input: N, 3, size, size float32 (BGR minus means). Output: N, H * W * C rows."""
    tensors = (read_safetensors if weights.suffix == ".safetensors" else read_keras_h5)(weights)
    pictures = ops.parameter([-1, 3, size, size], np.float32, name="pictures")
    node = pictures
    for block, convolutions in enumerate(BLOCKS, start=1):
        for number in range(1, convolutions + 1):
            kernel, bias = layer_weights(tensors, f"block{block}_conv{number}")
            node = ops.convolution(node, kernel, [1, 1], [1, 1], [1, 1], [1, 1])
            node = ops.relu(ops.add(node, bias.reshape(1, -1, 1, 1)))
        node = ops.max_pool(node, [2, 2], [1, 1], [0, 0], [0, 0], [2, 2]).output(0)
    node = ops.transpose(node, [0, 2, 3, 1])
    return ov.Model([ops.reshape(node, [0, -1], special_zero=True)], [pictures], "vgg16")
