// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstring>

#include <arrow/buffer.h>
#include <arrow/io/file.h>
#include <nlohmann/json.hpp>

#include "pomona/base/safetensors.h"
#include "pomona/model/weights.h"
#include "pomona/stats/fit_state.h"

#include "info.h"
#include "text.h"

namespace pomona::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

// What a file is, by its first bytes.
enum class Kind { kParquet, kHdf5, kSafetensors, kOther };

Kind KindOf(std::string_view bytes) {
  if (bytes.starts_with("PAR1")) return Kind::kParquet;
  if (bytes.starts_with("\x89HDF\r\n\x1a\n")) return Kind::kHdf5;
  if (bytes.size() > 9 && bytes[8] == '{') return Kind::kSafetensors;
  return Kind::kOther;
}

Info TensorInfo(const std::string& what,
                const std::vector<std::vector<std::string>>& rows, Json tensors,
                int64_t numbers) {
  Info info;
  info.text = Field("weights", what + ", " +
                                   Count(static_cast<int64_t>(tensors.size()), "tensor") +
                                   ", " + Count(numbers, "number")) +
              "\n" + Table(rows);
  info.json =
      Dump({{"kind", what}, {"numbers", numbers}, {"tensors", std::move(tensors)}});
  return info;
}

Result<Info> SafetensorsInfo(std::string_view bytes, const View& view) {
  if (auto reducer = stats::Reducer::FromSafetensors(bytes); reducer.ok()) {
    return ReducerInfo(*reducer, view);
  }
  ARROW_ASSIGN_OR_RAISE(const auto file, ParseSafetensors(bytes));
  if (const auto format = file.metadata.find("format");
      format != file.metadata.end() && format->second == "pomona.head") {
    ARROW_ASSIGN_OR_RAISE(const auto head, learn::Head::FromSafetensors(bytes));
    return HeadInfo(head, view);
  }
  std::vector<std::vector<std::string>> rows = {{"tensor", "type", "shape", "numbers"}};
  Json tensors = Json::array();
  int64_t numbers = 0;
  for (const auto& [name, tensor] : file.tensors) {
    numbers += tensor.num_elements();
    rows.push_back({Printable(name), tensor.dtype, model::ShapeText(tensor.shape),
                    Count(tensor.num_elements())});
    tensors.push_back({{"name", name}, {"dtype", tensor.dtype}, {"shape", tensor.shape}});
  }
  return TensorInfo("safetensors", rows, tensors, numbers);
}

Result<Info> Hdf5Info(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto convs, model::ReadHdf5Convs(path, ""));
  std::vector<std::vector<std::string>> rows = {{"tensor", "type", "shape", "numbers"}};
  Json tensors = Json::array();
  int64_t numbers = 0;
  for (const auto& conv : convs) {
    for (const auto* tensor : {&conv.wei, &conv.bia}) {
      int64_t elements = 1;
      for (int64_t side : tensor->shape) elements *= side;
      numbers += elements;
      rows.push_back({Printable(tensor->name), "F32", model::ShapeText(tensor->shape),
                      Count(elements)});
      tensors.push_back(
          {{"name", tensor->name}, {"dtype", "F32"}, {"shape", tensor->shape}});
    }
  }
  return TensorInfo("Keras HDF5 (convolutions)", rows, tensors, numbers);
}

Result<Info> MomentsInfo(std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(const auto state, stats::FitState::Deserialize(bytes));
  const stats::Sketch* sketch = state.sketch();
  double total = 0;
  int64_t constant = 0;
  for (int64_t i = 0; i < state.dim(); ++i) {
    const double square = sketch != nullptr ? sketch->squares()[static_cast<size_t>(i)]
                                            : state.moments()->scatter_at(i, i);
    total += square;
    if (square == 0) ++constant;
  }
  const double variance =
      state.count() > 1 ? total / static_cast<double>(state.count() - 1) : 0;
  const char* kind = sketch != nullptr ? "sketch" : "moments";
  nlohmann::json json = {{"kind", kind},
                         {"count", state.count()},
                         {"dim", state.dim()},
                         {"constant_columns", constant},
                         {"total_variance", variance}};
  Info info;
  info.text =
      Field(kind, Count(state.count(), "row") + " of " + Count(state.dim(), "column")) +
      Field("constant", Count(constant, "column")) +
      Field("variance", Fixed(variance, 6) + " in all (sample)");
  if (sketch != nullptr) {
    json["rank"] = sketch->rank();
    info.text += Field("directions", Count(sketch->kept()) + " kept" +
                                         (sketch->lost() > 0 ? "" : ", nothing lost"));
  }
  info.json = Dump(json);
  return info;
}

Result<Info> ByContent(const std::string& path, const View& view) {
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  ARROW_ASSIGN_OR_RAISE(auto head, file->ReadAt(0, 16));
  const Kind kind = KindOf(std::string_view(*head));
  if (kind == Kind::kParquet) return ParquetInfo(path);
  if (kind == Kind::kHdf5) return Hdf5Info(path);
  ARROW_ASSIGN_OR_RAISE(const int64_t size, file->GetSize());
  ARROW_ASSIGN_OR_RAISE(auto bytes, file->ReadAt(0, size));
  if (kind == Kind::kSafetensors) return SafetensorsInfo(std::string_view(*bytes), view);
  if (path.ends_with(".bin")) return MomentsInfo(std::string_view(*bytes));
  return Status::Invalid(
      "is no file that pomona knows: Parquet, safetensors, Keras HDF5, "
      "ONNX (.onnx) or moments (.bin)");
}

}  // namespace

Result<Info> FileInfo(const std::string& path, const View& view) {
  auto info = ByContent(path, view);
  if (info.ok() || info.status().message().find(path) != std::string::npos) return info;
  return info.status().WithMessage(path, ": ", info.status().message());
}

}  // namespace pomona::cli
