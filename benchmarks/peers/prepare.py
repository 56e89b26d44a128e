# SPDX-License-Identifier: Apache-2.0
"""What the peers read: VGG16 without its top in each library's format, and decoded pictures.

    prepare.py models WEIGHTS FOLDER     vgg16.onnx, .mnn, .param and .bin (ncnn), .npz (Keras)
    prepare.py onnx WEIGHTS FOLDER       vgg16.onnx by itself
    prepare.py pictures FOLDER OUT.npy   N, 3, 100, 100 float32 (BGR minus means)

Runs in .venv-bench; onnx and pictures in .venv too. All are made from the same weights, and no
code of Pomona's is in them.
"""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.append(str(HERE.parent / "job"))
LOCK = ROOT / "requirements-bench.lock"

Layer = tuple[str, np.ndarray, np.ndarray]  # name, OIHW kernel, bias; block ends come as names


def convolutions(weights: Path) -> list[list[Layer]]:
    """The convolutions of each block."""
    import vgg16

    read = vgg16.read_safetensors if weights.suffix == ".safetensors" else vgg16.read_keras_h5
    tensors = read(weights)
    blocks = []
    for block, count in enumerate(vgg16.BLOCKS, start=1):
        names = [f"block{block}_conv{number}" for number in range(1, count + 1)]
        blocks.append([(name, *vgg16.layer_weights(tensors, name)) for name in names])
    return blocks


def write_npz(blocks: list[list[Layer]], target: Path) -> None:
    """Keras's order of get_weights: HWIO kernel, bias, ..."""
    layers = [layer for block in blocks for layer in block]
    arrays = {}
    for number, (_, kernel, bias) in enumerate(layers):
        arrays[f"{2 * number:02}"] = kernel.transpose(2, 3, 1, 0)
        arrays[f"{2 * number + 1:02}"] = bias
    np.savez(target, **arrays)


def write_onnx(blocks: list[list[Layer]], target: Path) -> None:
    """pictures N, 3, 100, 100 -> rows N, 4608 in Keras's order."""
    import onnx
    from onnx import helper, numpy_helper

    nodes, tensors, last = [], [], "pictures"
    for number, block in enumerate(blocks, start=1):
        for name, kernel, bias in block:
            tensors += [
                numpy_helper.from_array(kernel, f"{name}_w"),
                numpy_helper.from_array(bias, f"{name}_b"),
            ]
            taken = [last, f"{name}_w", f"{name}_b"]
            nodes.append(helper.make_node("Conv", taken, [name], pads=[1, 1, 1, 1]))
            nodes.append(helper.make_node("Relu", [name], [f"{name}_relu"]))
            last = f"{name}_relu"
        pool = f"block{number}_pool"
        nodes.append(
            helper.make_node("MaxPool", [last], [pool], kernel_shape=[2, 2], strides=[2, 2])
        )
        last = pool
    nodes.append(helper.make_node("Transpose", [last], ["hwc"], perm=[0, 2, 3, 1]))
    nodes.append(helper.make_node("Flatten", ["hwc"], ["rows"], axis=1))
    kind = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "vgg16",
        [helper.make_tensor_value_info("pictures", kind, ["n", 3, 100, 100])],
        [helper.make_tensor_value_info("rows", kind, ["n", 4608])],
        tensors,
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), target)


def ncnn_lines(blocks: list[list[Layer]]) -> Iterator[str]:
    """Numbered parameters of ncnn's layers: docs/developer-guide/operators.md of ncnn."""
    yield "Input pictures 0 1 pictures 0=100 1=100 2=3"
    last = "pictures"
    for number, block in enumerate(blocks, start=1):
        for name, kernel, _ in block:
            # Outputs, kernel, padding, bias, weights, and ReLU in one.
            how = f"0={len(kernel)} 1=3 4=1 5=1 6={kernel.size} 9=1"
            yield f"Convolution {name} 1 1 {last} {name} {how}"
            last = name
        # Max, 2x2, stride 2; padding mode 1: what does not fill a window is left out.
        yield f"Pooling block{number}_pool 1 1 {last} block{number}_pool 0=0 1=2 2=2 5=1"
        last = f"block{number}_pool"


def write_ncnn(blocks: list[list[Layer]], param: Path, binary: Path) -> None:
    """pictures -> block5_pool as C, H, W."""
    lines = list(ncnn_lines(blocks))
    # A magic number, the numbers of layers and of blobs.
    text = "\n".join(["7767517", f"{len(lines)} {len(lines)}", *lines]) + "\n"
    param.write_text(text, encoding="utf-8")
    with binary.open("wb") as out:
        for _, kernel, bias in (layer for block in blocks for layer in block):
            out.write(b"\0\0\0\0")  # the weights are float32
            out.write(kernel.tobytes())
            out.write(bias.tobytes())


def write_mnn(onnx_file: Path, target: Path) -> None:
    """By MNN's own converter, without its script, which installs packages and reports its use."""
    convert = "import sys, _tools; _tools.mnnconvert(sys.argv)"
    command = [sys.executable, "-c", convert, "-f", "ONNX", "--modelFile", str(onnx_file)]
    command += ["--MNNModel", str(target), "--bizCode", "pomona"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not target.exists():
        sys.exit(f"prepare: {' '.join(command)} failed\n{done.stdout}{done.stderr}")


def write_models(weights: Path, folder: Path) -> None:
    """Nothing where they are there from the same weights, packages and program."""
    digest = hashlib.sha256()
    for file in (weights, LOCK, Path(__file__)):
        digest.update(file.read_bytes())
    stamp = folder / "made-from.sha256"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest.hexdigest():
        return
    folder.mkdir(parents=True, exist_ok=True)
    blocks = convolutions(weights)
    write_npz(blocks, folder / "vgg16.npz")
    write_onnx(blocks, folder / "vgg16.onnx")
    write_ncnn(blocks, folder / "vgg16.param", folder / "vgg16.bin")
    write_mnn(folder / "vgg16.onnx", folder / "vgg16.mnn")
    stamp.write_text(digest.hexdigest(), encoding="utf-8")


def write_pictures(folder: Path, target: Path) -> None:
    import bare_openvino

    np.save(target, bare_openvino.load_pictures(folder))


if __name__ == "__main__":
    what, source, target = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if what == "pictures":
        write_pictures(source, target)
    elif what == "onnx":
        write_onnx(convolutions(source), target / "vgg16.onnx")
    else:
        write_models(source, target)
