// SPDX-License-Identifier: Apache-2.0
// The contract of FeatureExtractor on OpenVINO, on small networks so that it stays quick.
#include "tests/contract/feature_extractor_contract.h"

namespace pomona::engine {
namespace {

Result<std::unique_ptr<FeatureExtractor>> Make(const model::BackboneOptions& options,
                                               const ExtractorOptions& how) {
  ARROW_ASSIGN_OR_RAISE(const model::Backbone backbone, model::LoadBackbone(options));
  return MakeFeatureExtractor(backbone, how);
}

Result<std::unique_ptr<FeatureExtractor>> MakeVgg16(const ExtractorOptions& how) {
  model::BackboneOptions options;
  options.weights = "none";
  options.input_width = 44;
  options.input_height = 32;
  options.layer = "block4_pool";
  return Make(options, how);
}

Result<std::unique_ptr<FeatureExtractor>> MakeOnnx(const ExtractorOptions& how) {
  model::BackboneOptions options;
  options.model = POMONA_SOURCE_DIR "/tests/golden/model/tiny.onnx";
  options.input_width = options.input_height = 0;
  options.layer = "inner";
  return Make(options, how);
}

std::vector<contract::ContractCase> Cases() {
  std::vector<contract::ContractCase> cases = {{"Vgg16F32", MakeVgg16, Precision::kF32},
                                               {"OnnxF32", MakeOnnx, Precision::kF32}};
  if (ResolvePrecision("bf16", DetectCpu()).ok()) {
    cases.push_back({"Vgg16Bf16", MakeVgg16, Precision::kBf16});
  }
  return cases;
}

}  // namespace

namespace contract {
INSTANTIATE_TEST_SUITE_P(OpenVino, FeatureExtractorContract, ::testing::ValuesIn(Cases()),
                         [](const auto& info) { return info.param.name; });
}  // namespace contract
}  // namespace pomona::engine
