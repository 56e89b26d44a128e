# SPDX-License-Identifier: Apache-2.0
"""Cuts EfficientNet-Lite0's ImageNet classifier off and gives its tensors readable names.

    convert_lite0.py efficientnet_lite0_imagenet.onnx OUT.onnx

The weights are unchanged, float32. What can be tapped: stem, stage1 .. stage7 (the last
block's output of each stage), head (1,280 channels) and feat (its mean over height and
width). Running it twice gives the same bytes. Needs onnx.
"""

import hashlib
import sys

import onnx

RENAMED = {
    "r0": "stem",
    "c2": "stage1",
    "a2": "stage2",
    "a4": "stage3",
    "a7": "stage4",
    "a10": "stage5",
    "a14": "stage6",
    "c47": "stage7",
    "r48": "head",
}
METADATA = {
    "license": "Apache-2.0",
    "attribution": "Google: M. Tan and Q. V. Le, 'EfficientNet: Rethinking Model Scaling for "
    "Convolutional Neural Networks'; EfficientNet-Lite0",
    "changes": "classifier cut off, tensors renamed; weights unchanged",
}


def convert(source: str) -> bytes:
    model = onnx.load(source)
    graph = model.graph
    classifier = [node for node in graph.node if "logits" in node.output]
    assert len(classifier) == 1
    graph.node.remove(classifier[0])
    for output in [o for o in graph.output if o.name == "logits"]:
        graph.output.remove(output)
    for node in graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                names[i] = RENAMED.get(name, name)
    used = {name for node in graph.node for name in node.input}
    for constant in [c for c in graph.initializer if c.name not in used]:
        graph.initializer.remove(constant)
    feat = onnx.helper.make_tensor_value_info("feat", onnx.TensorProto.FLOAT, ["N", 1280])
    graph.output[0].CopyFrom(feat)
    for key, value in METADATA.items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


if __name__ == "__main__":
    converted = convert(sys.argv[1])
    with open(sys.argv[2], "wb") as out:
        out.write(converted)
    print(len(converted), hashlib.sha256(converted).hexdigest(), sys.argv[2])
