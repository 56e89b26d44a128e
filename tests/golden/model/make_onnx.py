# SPDX-License-Identifier: Apache-2.0
"""Writes tiny ONNX networks with the onnx package and what ONNX Runtime says of them.

tiny.onnx        x (N, 3, H, W) -> conv, relu (`inner`), conv -> mean (`feat`, 6) -> `logits`
tiny.json        its preprocessing
fixed.onnx       one output, everything fixed: (1, 3, 20, 24), a Flatten behind
nhwc.onnx        the same numbers for an input (1, 20, 24, 3)
bad_*.onnx       what must be refused
tiny_onnx.safetensors   `x` (3 pictures of 20 x 24) and the outputs, `inner` as H, W, C
"""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from golden_file import write_safetensors
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
RANDOM = np.random.default_rng(3)


def constant(name: str, *shape: int):
    value = RANDOM.normal(size=shape).astype(np.float32) / np.sqrt(np.prod(shape[1:]))
    return numpy_helper.from_array(value.astype(np.float32), name)


CONSTANTS = [
    constant("w1", 4, 3, 3, 3),
    constant("b1", 4),
    constant("w2", 6, 4, 3, 3),
    constant("b2", 6),
    constant("w3", 5, 6),
    constant("b3", 5),
]
BODY = [
    helper.make_node("Conv", ["p", "w1", "b1"], ["c1"], pads=[1, 1, 1, 1], strides=[2, 2]),
    helper.make_node("Relu", ["c1"], ["inner"]),
    helper.make_node("Conv", ["inner", "w2", "b2"], ["c2"], pads=[1, 1, 1, 1]),
]
HEAD = [
    helper.make_node("GlobalAveragePool", ["c2"], ["g"]),
    helper.make_node("Flatten", ["g"], ["feat"]),
    helper.make_node("Gemm", ["feat", "w3", "b3"], ["logits"], transB=1),
]
TAKE_X = [helper.make_node("Identity", ["x"], ["p"])]


def value(name: str, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def save(name: str, nodes, inputs, outputs, constants=CONSTANTS) -> None:
    used = {i for node in nodes for i in node.input}
    constants = [c for c in constants if c.name in used]
    graph = helper.make_graph(nodes, "tiny", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if name != "bad_external.onnx":
        onnx.checker.check_model(model)
    onnx.save(model, HERE / name)


def main() -> None:
    anything = ["N", 3, "H", "W"]
    logits = value("logits", ["N", 5])
    feat = value("feat", ["N", 6])
    save("tiny.onnx", TAKE_X + BODY + HEAD, [value("x", anything)], [feat, logits])
    flat = [helper.make_node("Flatten", ["c2"], ["rows"])]
    rows = value("rows", ["A", "B"])
    save("fixed.onnx", TAKE_X + BODY + flat, [value("x", [1, 3, 20, 24])], [rows])
    turn = [helper.make_node("Transpose", ["x"], ["p"], perm=[0, 3, 1, 2])]
    save("nhwc.onnx", turn + BODY + flat, [value("x", [1, 20, 24, 3])], [rows])

    add = [helper.make_node("Add", ["x", "y"], ["p"])]
    both = [value("x", anything), value("y", anything)]
    save("bad_two_inputs.onnx", add + BODY + HEAD, both, [logits])
    gemm = [helper.make_node("Gemm", ["x", "w3", "b3"], ["logits"], transB=1)]
    save("bad_rank2.onnx", gemm, [value("x", ["N", 6])], [logits])
    cast = [helper.make_node("Cast", ["x"], ["p"], to=TensorProto.FLOAT)]
    text = [value("x", anything, TensorProto.INT64)]
    save("bad_int64.onnx", cast + BODY + HEAD, text, [logits])
    shape = numpy_helper.from_array(np.array([1, 720], np.int64), "one_row")
    merge = [helper.make_node("Reshape", ["c2", "one_row"], ["rows"])]
    fixed = [value("x", [1, 3, 20, 24])]
    save("bad_fixed_batch.onnx", TAKE_X + BODY + merge, fixed, [rows], [*CONSTANTS, shape])
    away = numpy_helper.from_array(np.zeros((4, 3, 3, 3), np.float32), "w1")
    away.ClearField("raw_data")
    away.data_location = TensorProto.EXTERNAL
    away.external_data.add(key="location", value="elsewhere.bin")
    moved = [away, *CONSTANTS[1:]]
    save("bad_external.onnx", TAKE_X + BODY + HEAD, [value("x", anything)], [logits], moved)

    sidecar = {
        "input": "x",
        "size": [24, 20],
        "channels": "rgb",
        "scale": 1,
        "mean": [127, 127, 127],
        "std": [128, 128, 128],
        "layer": "feat",
    }
    (HERE / "tiny.json").write_text(json.dumps(sidecar, indent=1) + "\n")

    x = RANDOM.normal(size=(3, 3, 20, 24)).astype(np.float32)
    model = onnx.load(HERE / "tiny.onnx")
    model.graph.output.append(value("inner", None))
    model.graph.output.append(value("c2", None))
    session = ort.InferenceSession(model.SerializeToString())
    feat, logits, inner, c2 = session.run(["feat", "logits", "inner", "c2"], {"x": x})
    tensors = {
        "x": x,
        "feat": feat,
        "logits": logits,
        "inner": inner.transpose(0, 2, 3, 1).reshape(3, -1),
        "inner_max": inner.max(axis=(2, 3)),
        "rows": c2.reshape(3, -1),
    }
    metadata = {"made_by": f"make_onnx.py with ONNX Runtime {ort.__version__}"}
    write_safetensors(HERE / "tiny_onnx.safetensors", tensors, metadata)


if __name__ == "__main__":
    main()
