# SPDX-License-Identifier: Apache-2.0
"""Converts Keras's VGG16 weights (classic HDF5, no top) to the file that ships here.

    convert_weights.py vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 OUT.safetensors

Exact float32. Kernels are stored OIHW, as the engine takes them, so that loading is one
copy: tensors block1_conv1.kernel (O, I, 3, 3), block1_conv1.bias (O), and so on. Running
it twice gives the same bytes. Needs h5py and numpy.
"""

import hashlib
import json
import struct
import sys

import h5py
import numpy as np

METADATA = {
    "license": "CC-BY-4.0",
    "attribution": "Visual Geometry Group, University of Oxford: K. Simonyan and A. Zisserman, "
    "'Very Deep Convolutional Networks for Large-Scale Image Recognition'",
    "layout": "OIHW",
    "changes": "Keras's HDF5 file, kernels transposed from HWIO to OIHW; values unchanged",
}


def read_tensors(path: str) -> dict[str, np.ndarray]:
    tensors = {}
    with h5py.File(path) as file:
        for layer in file.attrs["layer_names"]:
            for name in file[layer].attrs["weight_names"]:
                value = file[layer][name][()]
                assert value.dtype == np.float32
                if value.ndim == 4:
                    tensors[f"{layer}.kernel"] = np.ascontiguousarray(value.transpose(3, 2, 0, 1))
                else:
                    tensors[f"{layer}.bias"] = value
    return tensors


def write_safetensors(path: str, tensors: dict[str, np.ndarray]) -> None:
    header: dict[str, object] = {"__metadata__": METADATA}
    offset = 0
    for name in sorted(tensors):
        end = offset + tensors[name].nbytes
        shape = list(tensors[name].shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":"), sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in sorted(tensors):
            file.write(tensors[name].tobytes())


if __name__ == "__main__":
    write_safetensors(sys.argv[2], read_tensors(sys.argv[1]))
    with open(sys.argv[2], "rb") as out:
        print(hashlib.sha256(out.read()).hexdigest(), sys.argv[2])
