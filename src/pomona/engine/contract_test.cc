// SPDX-License-Identifier: Apache-2.0
// The contract of FeatureExtractor on every engine and instruction set of this CPU, on
// small networks so that it stays quick.
#include "pomona/base/cpu.h"
#include "pomona/engine/native/extractor.h"

#include "tests/contract/feature_extractor_contract.h"

namespace pomona::engine {
namespace {

Result<std::unique_ptr<FeatureExtractor>> Make(const model::BackboneOptions& options,
                                               const ExtractorOptions& how) {
  ARROW_ASSIGN_OR_RAISE(const model::Backbone backbone, model::LoadBackbone(options));
  return MakeFeatureExtractor(backbone, how);
}

model::BackboneOptions SmallVgg16(const std::string& layer = "block4_pool") {
  model::BackboneOptions options;
  options.weights = "none";
  options.input_width = 44;
  options.input_height = 32;
  options.layer = layer;
  return options;
}

Result<std::unique_ptr<FeatureExtractor>> MakeVgg16(const ExtractorOptions& how) {
  return Make(SmallVgg16(), how);
}

Result<std::unique_ptr<FeatureExtractor>> MakeOnnx(const ExtractorOptions& how) {
  model::BackboneOptions options;
  options.model = POMONA_SOURCE_DIR "/tests/golden/model/tiny.onnx";
  options.input_width = options.input_height = 0;
  options.layer = "inner";
  return Make(options, how);
}

// Small, and of several layers.
Result<std::unique_ptr<FeatureExtractor>> MakeLite0(const ExtractorOptions& how) {
  model::BackboneOptions options;
  options.model = "lite0";
  options.input_width = 40;
  options.input_height = 32;
  options.layer = "stage3,feat";
  options.pool = model::Pool::kAvg;
  return Make(options, how);
}

using contract::ContractCase;

std::vector<ContractCase> OpenVinoCases() {
  std::vector<ContractCase> cases = {{"Vgg16F32", MakeVgg16, Precision::kF32},
                                     {"OnnxF32", MakeOnnx, Precision::kF32},
                                     {"Lite0F32", MakeLite0, Precision::kF32}};
  if (ResolveChoice({"bf16", "auto"}, "", DetectCpu()).ok()) {
    cases.push_back({"Vgg16Bf16", MakeVgg16, Precision::kBf16});
    cases.push_back({"Lite0Bf16", MakeLite0, Precision::kBf16});
  }
  return cases;
}

std::vector<ContractCase> NativeCases() {
  std::vector<ContractCase> cases;
  const auto add = [&](const std::string& name, const std::string& layer, Isa isa,
                       Precision precision = Precision::kF32) {
    cases.push_back({name,
                     [layer, isa](const ExtractorOptions& how)
                         -> Result<std::unique_ptr<FeatureExtractor>> {
                       ARROW_ASSIGN_OR_RAISE(const model::Backbone backbone,
                                             model::LoadBackbone(SmallVgg16(layer)));
                       return native::MakeExtractor(backbone, how, isa);
                     },
                     precision});
  };
  const Isa here = DetectCpu().isa;
#ifdef POMONA_SANITIZED
  // Each packs its weights two dozen times, slowly: two small ones.
  add("Sanitized", "block2_pool", here);
  add("FirstLayer", "block1_conv1", here);
#else
  for (const Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512}) {
    if (isa <= here) add(std::string(IsaName(isa)), "block4_pool", isa);
  }
  add("FirstLayer", "block1_conv1", here);
  add("NoPoolBehind", "block2_conv1", here);
  if (here >= Isa::kAvx512Bf16) {
    add("avx512_bf16", "block4_pool", here, Precision::kBf16);
  }
#endif
  return cases;
}

}  // namespace

namespace contract {
INSTANTIATE_TEST_SUITE_P(OpenVino, FeatureExtractorContract,
                         ::testing::ValuesIn(OpenVinoCases()),
                         [](const auto& info) { return info.param.name; });
INSTANTIATE_TEST_SUITE_P(Native, FeatureExtractorContract,
                         ::testing::ValuesIn(NativeCases()),
                         [](const auto& info) { return info.param.name; });
}  // namespace contract
}  // namespace pomona::engine
