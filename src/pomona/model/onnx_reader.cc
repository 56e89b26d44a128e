// SPDX-License-Identifier: Apache-2.0
// Field numbers: onnx/onnx.proto3.
#include "pomona/model/onnx_reader.h"

#include <algorithm>
#include <optional>

#include "pomona/base/safetensors.h"
#include "pomona/model/protobuf.h"

namespace pomona::model {
namespace {

Status Broken(const char* what) {
  return Status::Invalid("not a readable ONNX file (cut short or damaged): ", what);
}

// Calls `visit` for each field of a message.
template <typename Visit>
Status ForEachField(std::string_view bytes, const char* what, Visit visit) {
  Message message(bytes);
  while (std::optional<Field> field = message.Next()) ARROW_RETURN_NOT_OK(visit(*field));
  return message.broken() ? Broken(what) : Status::OK();
}

Status AppendInts(const Field& field, std::vector<int64_t>* out) {
  if (!field.is_bytes) {
    out->push_back(static_cast<int64_t>(field.varint));
    return Status::OK();
  }
  Message packed(field.bytes);
  while (!packed.empty()) {
    uint64_t value = 0;
    if (!packed.Varint(&value)) return Broken("tensor shape");
    out->push_back(static_cast<int64_t>(value));
  }
  return Status::OK();
}

Result<OnnxTensor> ReadTensor(std::string_view bytes) {
  OnnxTensor tensor;
  const auto visit = [&tensor](const Field& f) -> Status {
    if (f.number == 1) return AppendInts(f, &tensor.dims);
    if (f.number == 2) tensor.data_type = static_cast<int64_t>(f.varint);
    if (f.number == 8) tensor.name = f.bytes;
    const bool holds_data = f.number == 4 || f.number == 9 || f.number == 10;
    if (holds_data && !f.bytes.empty()) tensor.data = f.bytes;
    if (f.number == 14) tensor.external = f.varint == 1;
    return Status::OK();
  };
  ARROW_RETURN_NOT_OK(ForEachField(bytes, "tensor", visit));
  return tensor;
}

// A Constant node's tensor: AttributeProto `t`, under the name of the node's output.
Status ReadConstant(std::string_view attribute, const std::string& output,
                    OnnxGraph* graph) {
  return ForEachField(attribute, "attribute", [&](const Field& f) -> Status {
    if (f.number != 5 || !f.is_bytes) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(OnnxTensor tensor, ReadTensor(f.bytes));
    tensor.name = output;
    graph->constants.push_back(std::move(tensor));
    return Status::OK();
  });
}

// AttributeProto.
Result<OnnxSetting> ReadSetting(std::string_view attribute) {
  OnnxSetting setting;
  ARROW_RETURN_NOT_OK(ForEachField(attribute, "attribute", [&](const Field& f) -> Status {
    if (f.number == 1) setting.name = f.bytes;
    if (f.number == 4) setting.text = f.bytes;
    return f.number == 3 || f.number == 8 ? AppendInts(f, &setting.ints) : Status::OK();
  }));
  return setting;
}

Status ReadNode(std::string_view bytes, OnnxGraph* graph) {
  OnnxNode node;
  std::vector<std::string_view> attributes;
  const auto visit = [&](const Field& f) -> Status {
    if (f.number == 1) node.inputs.emplace_back(f.bytes);
    if (f.number == 2) node.outputs.emplace_back(f.bytes);
    if (f.number == 3) node.name = f.bytes;
    if (f.number == 4) node.op_type = f.bytes;
    if (f.number == 5) attributes.push_back(f.bytes);
    return Status::OK();
  };
  ARROW_RETURN_NOT_OK(ForEachField(bytes, "node", visit));
  if (node.op_type == "Constant" && !node.outputs.empty()) {
    for (std::string_view attribute : attributes) {
      ARROW_RETURN_NOT_OK(ReadConstant(attribute, node.outputs.front(), graph));
    }
  } else {
    for (std::string_view attribute : attributes) {
      ARROW_ASSIGN_OR_RAISE(node.settings.emplace_back(), ReadSetting(attribute));
    }
  }
  graph->nodes.push_back(std::move(node));
  return Status::OK();
}

// TensorShapeProto.
Status ReadShape(std::string_view bytes, std::vector<int64_t>* dims) {
  return ForEachField(bytes, "shape", [dims](const Field& f) -> Status {
    if (f.number != 1 || !f.is_bytes) return Status::OK();
    dims->push_back(-1);
    return ForEachField(f.bytes, "dimension", [dims](const Field& d) {
      if (d.number == 1 && !d.is_bytes) dims->back() = static_cast<int64_t>(d.varint);
      return Status::OK();
    });
  });
}

// ValueInfoProto -> TypeProto -> Tensor.
Result<OnnxInput> ReadInput(std::string_view bytes) {
  OnnxInput input;
  const auto tensor_type = [&input](const Field& f) -> Status {
    if (f.number == 1) input.data_type = static_cast<int64_t>(f.varint);
    return f.number == 2 ? ReadShape(f.bytes, &input.dims) : Status::OK();
  };
  const auto type = [&](const Field& f) -> Status {
    return f.number == 1 ? ForEachField(f.bytes, "type", tensor_type) : Status::OK();
  };
  const auto value = [&](const Field& f) -> Status {
    if (f.number == 1) input.name = f.bytes;
    return f.number == 2 ? ForEachField(f.bytes, "type", type) : Status::OK();
  };
  ARROW_RETURN_NOT_OK(ForEachField(bytes, "input", value));
  return input;
}

Status ReadGraph(std::string_view bytes, OnnxGraph* graph) {
  return ForEachField(bytes, "graph", [graph](const Field& f) -> Status {
    switch (f.number) {
      case 1:
        return ReadNode(f.bytes, graph);
      case 5: {
        ARROW_ASSIGN_OR_RAISE(OnnxTensor tensor, ReadTensor(f.bytes));
        graph->constants.push_back(std::move(tensor));
        return Status::OK();
      }
      case 11: {
        ARROW_ASSIGN_OR_RAISE(OnnxInput input, ReadInput(f.bytes));
        graph->inputs.push_back(std::move(input));
        return Status::OK();
      }
      case 12:
      case 13: {
        ARROW_ASSIGN_OR_RAISE(OnnxInput value, ReadInput(f.bytes));
        if (f.number == 12) graph->outputs.push_back(value.name);
        graph->values.push_back(std::move(value));
        return Status::OK();
      }
      default:
        return Status::OK();
    }
  });
}

// OperatorSetIdProto; sets of other domains do not matter.
Status ReadOpset(std::string_view bytes, int64_t* opset) {
  std::string domain;
  int64_t version = 0;
  ARROW_RETURN_NOT_OK(ForEachField(bytes, "operator set", [&](const Field& f) {
    if (f.number == 1) domain = f.bytes;
    if (f.number == 2) version = static_cast<int64_t>(f.varint);
    return Status::OK();
  }));
  if (domain.empty() || domain == "ai.onnx") *opset = version;
  return Status::OK();
}

}  // namespace

Result<std::vector<float>> OnnxTensor::ToFloat32() const {
  if (external) {
    return Status::Invalid(
        "its numbers are in another file; save the network as one file");
  }
  TensorView view{"", dims, data};
  if (data_type == kOnnxFloat) view.dtype = "F32";
  if (data_type == kOnnxFloat16) view.dtype = "F16";
  if (data_type == kOnnxBfloat16) view.dtype = "BF16";
  if (data_type == kOnnxDouble) view.dtype = "F64";
  if (view.dtype.empty()) {
    return Status::Invalid("ONNX data type ", data_type, " found, a float type needed");
  }
  return view.ToFloat32();
}

const OnnxTensor* OnnxGraph::FindConstant(std::string_view name) const {
  const auto at = std::find_if(constants.begin(), constants.end(),
                               [name](const OnnxTensor& t) { return t.name == name; });
  return at == constants.end() ? nullptr : &*at;
}

Result<OnnxGraph> ReadOnnx(std::string_view bytes) {
  OnnxGraph graph;
  ARROW_RETURN_NOT_OK(ForEachField(bytes, "model", [&graph](const Field& f) {
    if (f.number == 8 && f.is_bytes) return ReadOpset(f.bytes, &graph.opset);
    return f.number == 7 && f.is_bytes ? ReadGraph(f.bytes, &graph) : Status::OK();
  }));
  if (graph.nodes.empty() || graph.outputs.empty()) return Broken("no network in it");
  // Before IR version 4 initialisers are inputs too.
  std::erase_if(graph.inputs, [&graph](const OnnxInput& input) {
    return graph.FindConstant(input.name) != nullptr;
  });
  return graph;
}

}  // namespace pomona::model
