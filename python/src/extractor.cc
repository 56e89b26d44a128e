// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include "pomona/base/cpu.h"
#include "pomona/engine/feature_extractor.h"
#include "pomona/image/preprocess.h"

#include "bind.h"
#include "errors.h"
#include "rows.h"
#include "settings.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace pomona::python {
namespace {

using Batch =
    nb::ndarray<const float, nb::shape<-1, 3, -1, -1>, nb::c_contig, nb::device::cpu>;

// A compiled network with what describes it.
struct Extractor {
  model::BackboneOptions options;
  image::Normalization normalization;
  std::string weights;
  bool random_weights = false;
  std::string precision;
  std::unique_ptr<engine::FeatureExtractor> engine;
};

Result<Extractor> Compile(const model::BackboneOptions& options,
                          const engine::ChoiceText& choice,
                          const engine::ExtractorOptions& how) {
  Extractor made;
  ARROW_ASSIGN_OR_RAISE(const auto backbone, model::LoadBackbone(options));
  engine::ExtractorOptions resolved = how;
  ARROW_ASSIGN_OR_RAISE(const engine::Choice chosen,
                        engine::ResolveChoice(choice, backbone.not_stack, DetectCpu()));
  resolved.precision = chosen.precision;
  resolved.backend = chosen.backend;
  made.options = options;
  made.normalization = backbone.default_normalization;
  made.weights = backbone.weights.source;
  made.random_weights =
      !backbone.is_onnx() && backbone.weights.kind == model::WeightsKind::kRandom;
  made.precision = engine::PrecisionName(resolved.precision);
  ARROW_ASSIGN_OR_RAISE(made.engine, engine::MakeFeatureExtractor(backbone, resolved));
  return made;
}

void Init(Extractor* self, const std::string& model, const std::string& weights,
          uint64_t seed, std::tuple<int64_t, int64_t> input_size,
          const std::string& layer, const std::string& pool, const std::string& precision,
          const std::string& backend, int threads, int64_t batch) {
  model::BackboneOptions options;
  options.model = model;
  options.weights = weights;
  options.seed = seed;
  std::tie(options.input_height, options.input_width) = input_size;
  options.layer = layer;
  options.pool = PoolFromText(pool);
  Result<Extractor> made{Extractor()};
  {
    nb::gil_scoped_release release;
    engine::ExtractorOptions how;
    how.threads = threads;
    how.batch = batch;
    made = Compile(options, {precision, backend}, how);
  }
  new (self) Extractor(Unwrap(std::move(made)));
}

// Hands batches to as many threads as the engine keeps busy; the first error ends it.
Status ExtractAll(engine::FeatureExtractor* engine, const float* images, int64_t count,
                  float* rows) {
  const auto& info = engine->info();
  const int64_t stride = 3 * info.input_height * info.input_width;
  const int64_t batches = (count + info.batch - 1) / info.batch;
  std::atomic<int64_t> next{0};
  std::mutex mutex;
  Status failed;
  const auto work = [&] {
    for (int64_t b = next++; b < batches; b = next++) {
      const int64_t first = b * info.batch;
      const Status status =
          engine->Extract(images + first * stride, std::min(info.batch, count - first),
                          rows + first * info.feature_dim);
      if (status.ok()) continue;
      std::lock_guard lock(mutex);
      failed = status;
      next = batches;
    }
  };
  {
    std::vector<std::jthread> threads;
    const int64_t wanted = std::min<int64_t>(std::max(info.concurrency, 1), batches);
    for (int64_t i = 0; i < wanted; ++i) threads.emplace_back(work);
  }
  return failed;
}

Rows Extract(const Extractor& self, Batch images) {
  const auto& info = self.engine->info();
  if (static_cast<int64_t>(images.shape(2)) != info.input_height ||
      static_cast<int64_t>(images.shape(3)) != info.input_width) {
    Raise(Status::Invalid("images are ", images.shape(2), " x ", images.shape(3),
                          "; this network takes ", info.input_height, " x ",
                          info.input_width,
                          ". Preprocess them with extractor.prepare()"));
  }
  const auto count = static_cast<int64_t>(images.shape(0));
  Rows rows = Unwrap(Rows::Make(count, info.feature_dim));
  Status status;
  {
    nb::gil_scoped_release release;
    status = ExtractAll(self.engine.get(), images.data(), count, rows.data());
  }
  Check(status);
  return rows;
}

}  // namespace

void BindExtractor(nb::module_& m) {
  nb::class_<Extractor>(m, "Extractor",
                        "A compiled network; see pomona.FeatureExtractor.")
      .def("__init__", &Init, nb::kw_only(), "model"_a, "weights"_a, "seed"_a,
           "input_size"_a, "layer"_a, "pool"_a, "precision"_a, "backend"_a, "threads"_a,
           "batch"_a)
      .def("extract", &Extract, "images"_a, "count x 3 x height x width float32 to rows.")
      .def_ro("normalization", &Extractor::normalization)
      .def_ro("weights", &Extractor::weights)
      .def_ro("random_weights", &Extractor::random_weights)
      .def_ro("precision", &Extractor::precision)
      .def_prop_ro("input_size",
                   [](const Extractor& e) {
                     const auto& info = e.engine->info();
                     return std::tuple(info.input_height, info.input_width);
                   })
      .def_prop_ro("feature_dim",
                   [](const Extractor& e) { return e.engine->info().feature_dim; })
      .def_prop_ro("backend",
                   [](const Extractor& e) { return e.engine->info().backend; });
  m.def(
      "model_summary",
      [](const std::string& model, const std::string& weights,
         std::tuple<int64_t, int64_t> input_size) {
        model::BackboneOptions options;
        options.model = model;
        options.weights = weights;
        std::tie(options.input_height, options.input_width) = input_size;
        return model::Summary(Unwrap(model::LoadBackbone(options)));
      },
      "model"_a = "vgg16", "weights"_a = "imagenet",
      "input_size"_a = std::tuple<int64_t, int64_t>(0, 0),
      "Layers, shapes and parameters, as Keras's model.summary().");
}

}  // namespace pomona::python
