// SPDX-License-Identifier: Apache-2.0
// Field numbers: onnx/onnx.proto3.
#include "pomona/model/onnx_writer.h"

#include <algorithm>
#include <optional>

#include "pomona/model/onnx_reader.h"
#include "pomona/model/protobuf.h"

namespace pomona::model {
namespace {

constexpr int64_t kIrVersion = 8;  // what every ONNX Runtime since 1.11 reads
constexpr int64_t kOpset = 17;
constexpr int64_t kOnnxInt64 = 7;
constexpr int64_t kTypeInt = 2;  // AttributeProto.AttributeType
constexpr int64_t kTypeInts = 7;

std::string Attribute(const OnnxAttribute& attribute) {
  MessageWriter out;
  out.Bytes(1, attribute.name);
  if (!attribute.is_list) {
    return out.Int(3, attribute.ints.front()).Int(20, kTypeInt).Take();
  }
  for (const int64_t value : attribute.ints) out.Int(8, value);
  return out.Int(20, kTypeInts).Take();
}

std::string ValueInfo(const OnnxValue& value) {
  MessageWriter shape;
  for (const int64_t dim : value.dims) {
    MessageWriter side;
    if (dim < 0) {
      side.Bytes(2, "N");
    } else {
      side.Int(1, dim);
    }
    shape.Bytes(1, side.bytes());
  }
  const std::string tensor =
      MessageWriter().Int(1, value.data_type).Bytes(2, shape.bytes()).Take();
  return MessageWriter()
      .Bytes(1, value.name)
      .Bytes(2, MessageWriter().Bytes(1, tensor).bytes())
      .Take();
}

void PutPart(const OnnxPart& part, MessageWriter* graph) {
  for (const std::string& node : part.nodes()) graph->Bytes(1, node);
}

void PutConstants(const OnnxPart& part, MessageWriter* graph) {
  for (const std::string& constant : part.constants()) graph->Bytes(5, constant);
}

void PutMetadata(const OnnxMetadata& metadata, MessageWriter* model) {
  for (const auto& [key, value] : metadata) {
    model->Bytes(14, MessageWriter().Bytes(1, key).Bytes(2, value).bytes());
  }
}

// Calls `visit` for each field; Invalid for broken bytes.
template <typename Visit>
Status ForEach(std::string_view bytes, Visit visit) {
  Message message(bytes);
  while (const std::optional<Field> field = message.Next()) visit(*field);
  if (!message.broken()) return Status::OK();
  return Status::Invalid("not a readable ONNX file (cut short or damaged)");
}

// The name of a ValueInfoProto.
std::string NameOf(std::string_view value_info) {
  std::string name;
  Message message(value_info);
  while (const std::optional<Field> field = message.Next()) {
    if (field->number == 1) name = field->bytes;
  }
  return name;
}

}  // namespace

std::string OnnxPart::Node(const std::string& op, const std::string& name,
                           const std::vector<std::string>& inputs,
                           const std::vector<OnnxAttribute>& attributes) {
  MessageWriter node;
  for (const std::string& input : inputs) node.Bytes(1, input);
  node.Bytes(2, prefix_ + name).Bytes(3, prefix_ + name).Bytes(4, op);
  for (const OnnxAttribute& attribute : attributes) node.Bytes(5, Attribute(attribute));
  nodes_.push_back(node.Take());
  return prefix_ + name;
}

std::string OnnxPart::Constant(const std::string& name, int64_t data_type,
                               const std::vector<int64_t>& dims, std::string_view data) {
  constants_.push_back(MessageWriter()
                           .Packed(1, dims)
                           .Int(2, data_type)
                           .Bytes(8, prefix_ + name)
                           .Bytes(9, data)
                           .Take());
  return prefix_ + name;
}

std::string OnnxPart::Floats(const std::string& name, const std::vector<int64_t>& dims,
                             const std::vector<float>& values) {
  return Constant(
      name, kOnnxFloat, dims,
      {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

std::string OnnxPart::Ints(const std::string& name, const std::vector<int64_t>& values) {
  return Constant(
      name, kOnnxInt64, {static_cast<int64_t>(values.size())},
      {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(int64_t)});
}

void OnnxPart::Name(const std::string& tensor, const std::string& name) {
  nodes_.push_back(MessageWriter()
                       .Bytes(1, tensor)
                       .Bytes(2, name)
                       .Bytes(3, prefix_ + name)
                       .Bytes(4, "Identity")
                       .Take());
}

std::string OnnxModel(const OnnxPart& part, const OnnxValue& input,
                      const OnnxValue& output, const OnnxMetadata& metadata) {
  MessageWriter graph;
  PutPart(part, &graph);
  graph.Bytes(2, "pomona");
  PutConstants(part, &graph);
  graph.Bytes(11, ValueInfo(input)).Bytes(12, ValueInfo(output));
  MessageWriter model;
  model.Int(1, kIrVersion).Bytes(2, "pomona").Bytes(3, POMONA_VERSION);
  model.Bytes(7, graph.bytes());
  model.Bytes(8, MessageWriter().Bytes(1, "").Int(2, kOpset).bytes());
  PutMetadata(metadata, &model);
  return model.Take();
}

Result<std::string> OnnxModelAround(std::string_view model, const std::string& replaced,
                                    const OnnxPart& before, const OnnxPart& after,
                                    const OnnxValue& input, const OnnxValue& output,
                                    const OnnxMetadata& metadata) {
  MessageWriter graph;
  PutPart(before, &graph);
  graph.Bytes(11, ValueInfo(input)).Bytes(12, ValueInfo(output));
  const auto visit_graph = [&](const Field& f) {
    const bool dropped =
        f.number == 12 || (f.number == 11 && NameOf(f.bytes) == replaced);
    if (!dropped) graph.Raw(f.raw);
  };
  MessageWriter out;
  int64_t ir_version = kIrVersion;
  Status in_graph;
  ARROW_RETURN_NOT_OK(ForEach(model, [&](const Field& f) {
    if (f.number == 1) ir_version = std::max(ir_version, static_cast<int64_t>(f.varint));
    if (f.number == 7 && in_graph.ok()) in_graph = ForEach(f.bytes, visit_graph);
    if (f.number != 1 && f.number != 7) out.Raw(f.raw);
  }));
  ARROW_RETURN_NOT_OK(in_graph);
  PutPart(after, &graph);
  PutConstants(before, &graph);
  PutConstants(after, &graph);
  // Initialisers need not be inputs from version 4 on, and ours are not.
  out.Int(1, ir_version).Bytes(7, graph.bytes());
  PutMetadata(metadata, &out);
  return out.Take();
}

}  // namespace pomona::model
