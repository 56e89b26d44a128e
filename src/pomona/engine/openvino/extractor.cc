// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/openvino/extractor.h"

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <vector>

#include <openvino/openvino.hpp>
#include <openvino/runtime/intel_cpu/properties.hpp>

#include "pomona/base/cpu.h"
#include "pomona/engine/openvino/graph.h"
#include "pomona/engine/openvino/tbb.h"

namespace pomona::engine {
namespace {

// Infer requests that nobody uses. Take waits for one.
class RequestPool {
 public:
  explicit RequestPool(std::vector<ov::InferRequest> requests)
      : idle_(std::move(requests)) {}

  ov::InferRequest Take() {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [this] { return !idle_.empty(); });
    ov::InferRequest request = idle_.back();
    idle_.pop_back();
    return request;
  }
  void Return(const ov::InferRequest& request) {
    {
      const std::lock_guard lock(mutex_);
      idle_.push_back(request);
    }
    returned_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<ov::InferRequest> idle_;
};

// A request of the pool for the length of a scope.
class Loan {
 public:
  explicit Loan(RequestPool* pool) : pool_(pool), request_(pool->Take()) {}
  ~Loan() { pool_->Return(request_); }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;
  ov::InferRequest& operator*() { return request_; }

 private:
  RequestPool* pool_;
  ov::InferRequest request_;
};

class OpenVinoExtractor final : public FeatureExtractor {
 public:
  OpenVinoExtractor(ExtractorInfo info, const ov::CompiledModel& compiled,
                    std::vector<ov::InferRequest> requests)
      : info_(std::move(info)), compiled_(compiled), pool_(std::move(requests)) {}

  const ExtractorInfo& info() const override { return info_; }

  Status Extract(const float* images, int64_t count, float* rows) override {
    if (count < 0 || count > info_.batch) {
      return Status::Invalid(count, " pictures in a batch, 0 to ", info_.batch,
                             " needed");
    }
    if (count == 0) return Status::OK();
    try {
      Loan request(&pool_);
      Fill((*request).get_input_tensor(), images, count);
      // On the engine's own threads: infer() would run on the caller's and bind it, which
      // crashes in TBB's affinity code where callers outnumber streams.
      (*request).start_async();
      (*request).wait();
      const size_t numbers = static_cast<size_t>(count * info_.feature_dim);
      std::memcpy(rows, (*request).get_output_tensor().data<float>(),
                  numbers * sizeof(float));
      return Status::OK();
    } catch (const std::exception& e) {
      return Status::UnknownError("OpenVINO: ", e.what());
    }
  }

 private:
  // The network always sees a full batch, so that the same kernels run for every count.
  void Fill(ov::Tensor tensor, const float* images, int64_t count) const {
    const auto picture = static_cast<size_t>(3 * info_.input_height * info_.input_width);
    const size_t used = static_cast<size_t>(count) * picture;
    float* to = tensor.data<float>();
    std::memcpy(to, images, used * sizeof(float));
    std::fill(to + used, to + static_cast<size_t>(info_.batch) * picture, 0.0F);
  }

  const ExtractorInfo info_;
  ov::CompiledModel compiled_;
  RequestPool pool_;
};

// One stream a thread: pictures are independent, so nothing waits for anything.
ov::AnyMap Config(Precision precision, int threads) {
  return {
      ov::hint::performance_mode(ov::hint::PerformanceMode::THROUGHPUT),
      ov::num_streams(threads),
      ov::inference_num_threads(threads),
      ov::hint::inference_precision(precision == Precision::kBf16 ? ov::element::bf16
                                                                  : ov::element::f32),
      ov::hint::enable_cpu_pinning(false),
      ov::hint::scheduling_core_type(ov::hint::SchedulingCoreType::ANY_CORE),
  };
}

// "2026.4.1-22115-abc" -> "openvino 2026.4.1"
std::string BackendName() {
  const std::string build = ov::get_openvino_version().buildNumber;
  return "openvino " + build.substr(0, build.find('-'));
}

Status Explain(const model::Backbone& backbone, const std::string& why) {
  const model::BackboneOptions& o = backbone.options;
  return Status::Invalid("network ", o.model, " at ", o.input_width, "x", o.input_height,
                         ": ", why);
}

// The library's last line names the reason; those before are its source and its graph.
Status ExplainLibrary(const model::Backbone& backbone, std::string why, int64_t batch) {
  while (!why.empty() && std::isspace(static_cast<unsigned char>(why.back()))) {
    why.pop_back();
  }
  why.erase(0, why.find_last_of('\n') + 1);
  return Explain(backbone, "OpenVINO cannot run it on " + std::to_string(batch) +
                               " pictures of this size at a time (" + why +
                               "). Give the --input-size it was made for; where its "
                               "batch is fixed inside, export it with a dynamic one");
}

Result<Graph> Build(ov::Core& core, const model::Backbone& backbone, int64_t batch) {
  return backbone.is_onnx() ? BuildOnnx(core, backbone, batch)
                            : BuildVgg16(backbone, batch);
}

std::unique_ptr<FeatureExtractor> Compile(ov::Core& core, const Graph& graph,
                                          const ExtractorOptions& options) {
  const int threads = options.threads;
  const ov::CompiledModel compiled =
      core.compile_model(graph.model, "CPU", Config(options.precision, threads));
  std::vector<ov::InferRequest> requests;
  ov::CompiledModel maker = compiled;
  // Twice as many as streams, so that one is always waiting when a stream becomes free.
  for (int i = 0; i < 2 * threads; ++i) requests.push_back(maker.create_infer_request());

  const ov::Shape in = compiled.input().get_shape();
  const ov::Shape out = compiled.output().get_shape();
  ExtractorInfo info;
  info.backend = BackendName();
  info.batch = static_cast<int64_t>(in[0]);
  info.input_height = static_cast<int64_t>(in[2]);
  info.input_width = static_cast<int64_t>(in[3]);
  info.feature_dim = static_cast<int64_t>(out[1]);
  info.parts = graph.parts;
  info.concurrency = 2 * threads;
  return std::make_unique<OpenVinoExtractor>(std::move(info), compiled,
                                             std::move(requests));
}

}  // namespace

Result<std::unique_ptr<FeatureExtractor>> MakeOpenVinoExtractor(
    const model::Backbone& backbone, const ExtractorOptions& options) {
  ARROW_RETURN_NOT_OK(CheckTbb());
  RequestAmx();
  const int64_t batch = options.batch;
  try {
    ov::Core core;
    const Result<Graph> graph = Build(core, backbone, batch);
    if (!graph.ok()) return Explain(backbone, graph.status().message());
    return Compile(core, *graph, options);
  } catch (const std::exception& e) {
    return ExplainLibrary(backbone, e.what(), batch);
  }
}

}  // namespace pomona::engine
