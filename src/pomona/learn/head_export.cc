// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/head_export.h"

#include <cmath>
#include <filesystem>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "pomona/image/preprocess.h"
#include "pomona/job/export/output.h"
#include "pomona/job/plan.h"
#include "pomona/learn/prediction.h"
#include "pomona/model/onnx_export.h"
#include "pomona/table/npz.h"

namespace pomona::learn {
namespace {

constexpr char kProbabilities[] = "probabilities";

// sign(x) sqrt(|x|) of operators that are as old as operator set 7.
std::string Root(model::OnnxPart* part, const std::string& rows) {
  const auto of = [&](const std::string& at, const std::string& name) {
    return part->Node("Sqrt", name + "_root", {part->Node("Relu", name, {at})});
  };
  const std::string below = of(part->Node("Neg", "negated", {rows}), "negative");
  return part->Node("Sub", "roots", {of(rows, "positive"), below});
}

// Each part to length 1: squares are summed, and lengths spread, by a matrix of 0 and 1.
std::string LengthOne(model::OnnxPart* part, const std::string& rows, const Head& head) {
  std::vector<int64_t> parts = head.form.parts;
  if (parts.empty()) parts = {head.dim()};
  const auto count = static_cast<int64_t>(parts.size());
  std::vector<float> sums(static_cast<size_t>(head.dim() * count));
  std::vector<float> spread(sums.size());
  int64_t column = 0;
  for (int64_t p = 0; p < count; ++p) {
    for (int64_t j = 0; j < parts[static_cast<size_t>(p)]; ++j, ++column) {
      sums[static_cast<size_t>(column * count + p)] = 1;
      spread[static_cast<size_t>(p * head.dim() + column)] = 1;
    }
  }
  std::string at = part->Node("Mul", "squares", {rows, rows});
  at = part->Node("MatMul", "square_sums",
                  {at, part->Floats("part_of", {head.dim(), count}, sums)});
  at = part->Node("Sqrt", "lengths", {at});
  // Zeros stay: 0 / 1e-30 is 0, and no other length changes.
  at = part->Node("Add", "lengths_above_0", {at, part->Floats("least", {1}, {1e-30F})});
  at = part->Node("MatMul", "lengths_by_column",
                  {at, part->Floats("columns_of", {count, head.dim()}, spread)});
  return part->Node("Div", "unit_rows", {rows, at});
}

// The temperature is taken into weights and bias, in float64.
void AddHead(const Head& head, model::OnnxPart* part, const std::string& rows) {
  std::string at = head.form.root ? Root(part, rows) : rows;
  if (head.form.normalize) at = LengthOne(part, at, head);
  const LinearModel& m = head.model;
  std::vector<float> weights(m.weights.size());
  std::vector<float> bias;
  for (int64_t c = 0; c < m.classes; ++c) {
    for (int64_t j = 0; j < m.dim; ++j) {
      weights[static_cast<size_t>(j * m.classes + c)] = static_cast<float>(
          m.weights[static_cast<size_t>(c * m.dim + j)] / head.temperature);
    }
    bias.push_back(static_cast<float>(m.bias[static_cast<size_t>(c)] / head.temperature));
  }
  at = part->Node("MatMul", "products",
                  {at, part->Floats("weights", {m.dim, m.classes}, weights)});
  at = part->Node("Add", "scores", {at, part->Floats("bias", {m.classes}, bias)});
  at = part->Node("Softmax", "softmax", {at}, {{"axis", {1}, false}});
  part->Name(at, kProbabilities);
}

model::OnnxTail Tail(const Head& head) {
  return {head.dim(), head.model.classes, kProbabilities,
          [&head](model::OnnxPart* part, const std::string& rows) {
            AddHead(head, part, rows);
          }};
}

// What the head knows of itself, classes and thresholds among it.
model::OnnxMetadata Metadata(const Head& head) {
  model::OnnxMetadata metadata;
  for (const auto& [key, value] : head.metadata) {
    if (key.starts_with("pomona.")) metadata[key] = value;
  }
  metadata["pomona.head"] = head.ToJson();
  return metadata;
}

Status CheckFloats(const Head& head) {
  ARROW_RETURN_NOT_OK(head.Validate());
  for (const float w : head.model.weights) {
    if (!std::isfinite(static_cast<float>(w / head.temperature))) {
      return Status::Invalid(
          "a weight of the head is none of float32, which the ONNX graph computes in"
          "\nhint: --to npz keeps float64");
    }
  }
  return Status::OK();
}

Status Write(const std::string& bytes, const std::string& destination, bool overwrite) {
  ARROW_ASSIGN_OR_RAISE(const job::FilePlace place,
                        job::OpenFilePlace(destination, overwrite));
  return place.store->Put(place.name, bytes);
}

std::string QuotedName(const std::string& file) {
  const std::string name = std::filesystem::path(file).filename().string();
  return nlohmann::json(name).dump(-1, ' ', true,
                                   nlohmann::json::error_handler_t::replace);
}

}  // namespace

Status ExportHeadOnnx(const Head& head, const std::string& destination, bool overwrite) {
  ARROW_RETURN_NOT_OK(CheckFloats(head));
  return Write(model::TailToOnnx(Tail(head), Metadata(head)), destination, overwrite);
}

Status ExportFusedHeadOnnx(const Head& head, const model::BackboneOptions& files,
                           const std::string& destination, bool overwrite) {
  ARROW_RETURN_NOT_OK(CheckFloats(head));
  job::Settings settings;
  settings.backbone = files;
  const Status adopted = AdoptHeadSettings(head, &settings);
  if (!adopted.ok()) {
    return adopted.WithMessage(adopted.message(), "\nhint: leave out --fuse");
  }
  // Before the network is read, which takes time.
  ARROW_RETURN_NOT_OK(job::OpenFilePlace(destination, overwrite).status());
  ARROW_ASSIGN_OR_RAISE(const auto contract, image::PreprocessContract::FromJson(
                                                 head.metadata.at("pomona.contract")));
  const bool one_pass = contract.views == image::Views::kOne && !contract.colour &&
                        contract.white_balance == image::WhiteBalance::kNone;
  if (!one_pass) {
    return Status::Invalid(
        "the head's rows are more than one pass of the network (views, colour or white "
        "balance): no network can be put before it\nhint: leave out --fuse");
  }
  ARROW_ASSIGN_OR_RAISE(const auto backbone, model::LoadBackbone(settings.backbone));
  const std::string network = job::NetworkText(backbone);
  if (network != head.metadata.at("pomona.network")) {
    return Status::Invalid(
        "the head was trained on another network: ", head.metadata.at("pomona.network"),
        " there, ", network, " here\nhint: name its files by --model and --weights");
  }
  ARROW_ASSIGN_OR_RAISE(
      const std::string bytes,
      model::FusedToOnnx(backbone, contract.normalization, Tail(head), Metadata(head)));
  return Write(bytes, destination, overwrite);
}

std::string HeadRecipe(const std::string& file) {
  return "import numpy as np\n"
         "h = np.load(" +
         QuotedName(file) +
         ")\n"
         "def predict(rows):  # n x columns, such as the features of a run\n"
         "    rows = np.asarray(rows, np.float64)\n"
         "    if h[\"root\"]:\n"
         "        rows = np.sign(rows) * np.sqrt(np.abs(rows))\n"
         "    if h[\"normalize\"]:\n"
         "        edges = np.cumsum(h[\"parts\"]).astype(int)[:-1]\n"
         "        parts = np.split(rows, edges, axis=1)\n"
         "        lengths = [np.linalg.norm(p, axis=1, keepdims=True) for p in parts]\n"
         "        rows = np.hstack([p / np.where(n > 0, n, 1) for p, n in zip(parts, "
         "lengths)])\n"
         "    scores = (rows @ h[\"weights\"].T + h[\"bias\"]) / h[\"temperature\"]\n"
         "    p = np.exp(scores - scores.max(axis=1, keepdims=True))\n"
         "    lengths = np.linalg.norm(rows, axis=1, keepdims=True)\n"
         "    cosines = (rows @ h[\"centres\"].T) / np.where(lengths > 0, lengths, 1)\n"
         "    known = 1 - cosines.max(axis=1) <= h[\"known_distance\"]\n"
         "    return h[\"classes\"], p / p.sum(axis=1, keepdims=True), known\n";
}

Status ExportHeadNpz(const Head& head, const std::string& destination, bool overwrite) {
  ARROW_RETURN_NOT_OK(head.Validate());
  ARROW_ASSIGN_OR_RAISE(const job::FilePlace place,
                        job::OpenFilePlace(destination, overwrite));
  ARROW_ASSIGN_OR_RAISE(auto file, place.store->Create(place.name));
  table::ZipWriter zip(file->stream());
  const auto number = [&](const char* name, double value) {
    return table::AddArray(&zip, name, {}, std::vector<double>{value});
  };
  const std::vector<int64_t> shape = {head.model.classes, head.dim()};
  std::vector<double> parts(head.form.parts.begin(), head.form.parts.end());
  if (parts.empty()) parts = {static_cast<double>(head.dim())};
  ARROW_RETURN_NOT_OK(table::AddArray(&zip, "weights", shape, head.model.weights));
  ARROW_RETURN_NOT_OK(
      table::AddArray(&zip, "bias", {head.model.classes}, head.model.bias));
  ARROW_RETURN_NOT_OK(table::AddArray(&zip, "centres", shape, head.centres));
  ARROW_RETURN_NOT_OK(
      table::AddTexts(&zip, "classes", head.classes.size(),
                      [&](size_t i) { return std::string_view(head.classes[i]); }));
  ARROW_RETURN_NOT_OK(number("root", head.form.root ? 1 : 0));
  ARROW_RETURN_NOT_OK(number("normalize", head.form.normalize ? 1 : 0));
  ARROW_RETURN_NOT_OK(
      table::AddArray(&zip, "parts", {static_cast<int64_t>(parts.size())}, parts));
  ARROW_RETURN_NOT_OK(number("temperature", head.temperature));
  ARROW_RETURN_NOT_OK(number("coverage", head.coverage));
  ARROW_RETURN_NOT_OK(number("set_threshold", head.set_threshold));
  ARROW_RETURN_NOT_OK(number("known_distance", head.known_distance));
  ARROW_RETURN_NOT_OK(table::AddText(&zip, "head_json", head.ToJson()));
  ARROW_RETURN_NOT_OK(table::AddText(&zip, "recipe", HeadRecipe(place.name)));
  ARROW_RETURN_NOT_OK(zip.Finish());
  return file->Commit();
}

}  // namespace pomona::learn
