// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/native/extractor.h"

#include <mutex>
#include <utility>

#include "pomona/engine/native/network.h"

namespace pomona::engine::native {
namespace {

class NativeExtractor final : public FeatureExtractor {
 public:
  NativeExtractor(ExtractorInfo info, std::unique_ptr<Network> network)
      : info_(std::move(info)), network_(std::move(network)) {}

  const ExtractorInfo& info() const override { return info_; }

  Status Extract(const float* images, int64_t count, float* rows) override {
    if (count < 0 || count > info_.batch) {
      return Status::Invalid(count, " pictures in a batch, 0 to ", info_.batch,
                             " needed");
    }
    if (count == 0) return Status::OK();
    // All threads work on one batch: weights are read once for both, and there is one
    // workspace.
    const std::lock_guard lock(mutex_);
    network_->Run(images, count, rows);
    return Status::OK();
  }

 private:
  const ExtractorInfo info_;
  std::mutex mutex_;
  const std::unique_ptr<Network> network_;
};

}  // namespace

Result<std::unique_ptr<FeatureExtractor>> MakeExtractor(const model::Backbone& backbone,
                                                        const ExtractorOptions& options,
                                                        Isa isa) {
  ChoiceText asked;
  asked.precision = PrecisionName(options.precision);
  asked.backend = BackendName(Backend::kNative);
  ARROW_RETURN_NOT_OK(ResolveChoice(asked, backbone.not_stack, DetectCpu()));
  ExtractorInfo info;
  info.backend = BackendVersion(Backend::kNative) + " (" +
                 std::string(IsaName(KernelsFor(isa, options.precision).isa)) + ")";
  info.input_height = backbone.options.input_height;
  info.input_width = backbone.options.input_width;
  info.batch = options.batch;
  info.concurrency = 2;  // one runs, one waits
  ARROW_ASSIGN_OR_RAISE(
      std::unique_ptr<Network> network,
      Network::Make(backbone, options.precision, isa, options.threads, options.batch));
  info.feature_dim = network->feature_dim();
  info.parts = {{backbone.options.layer, info.feature_dim}};
  return std::make_unique<NativeExtractor>(std::move(info), std::move(network));
}

}  // namespace pomona::engine::native
