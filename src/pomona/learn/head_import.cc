// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include <arrow/util/string.h>
#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/job/feature_files.h"
#include "pomona/learn/head_export.h"

namespace pomona::learn {
namespace {

Result<std::vector<float>> Floats(const std::string& hex) {
  std::string bytes(hex.size() / 2, '\0');
  ARROW_RETURN_NOT_OK(
      arrow::ParseHexValues(hex, reinterpret_cast<uint8_t*>(bytes.data())));
  std::vector<float> floats(bytes.size() / sizeof(float));
  std::memcpy(floats.data(), bytes.data(), floats.size() * sizeof(float));
  return floats;
}

}  // namespace

Result<Head> HeadFromLinear(const std::string& json, const std::string& target) {
  Head head;
  std::string weights;
  try {
    const nlohmann::json told = ParseJson(json);
    head.classes = told.at("classes").get<std::vector<std::string>>();
    head.model.dim = told.at("columns").get<int64_t>();
    head.model.bias = told.at("bias").get<std::vector<double>>();
    weights = told.at("weights").get<std::string>();
  } catch (const nlohmann::json::exception& error) {
    return Status::Invalid("the classifier cannot be read: ", error.what());
  }
  head.target = target;
  head.method = "imported";
  head.model.classes = static_cast<int64_t>(head.classes.size());
  ARROW_ASSIGN_OR_RAISE(head.model.weights, Floats(weights));
  head.centres.assign(head.model.weights.size(), 0.0F);
  head.known_distance = 2;  // nothing is farther
  head.set_threshold = 1;   // the answer alone
  head.metadata["pomona.imported"] = "sklearn";
  ARROW_RETURN_NOT_OK(head.Validate());
  return head;
}

Result<table::Metadata> RowMetadataOf(const std::string& run) {
  ARROW_ASSIGN_OR_RAISE(const job::Place place, job::OpenPlace(run));
  ARROW_ASSIGN_OR_RAISE(const auto files, job::FeatureFiles(place));
  if (files.empty()) {
    return Status::Invalid(run,
                           " holds no feature rows: name the run on whose rows the "
                           "classifier was fitted");
  }
  return table::ReadMetadata(place.store.get(), files.front());
}

}  // namespace pomona::learn
