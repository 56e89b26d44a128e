// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "pomona/job/layout.h"
#include "pomona/job/run.h"
#include "pomona/learn/answers.h"
#include "pomona/learn/boxed.h"
#include "pomona/learn/fruits.h"
#include "pomona/learn/head_store.h"
#include "pomona/learn/prediction.h"
#include "pomona/store/byte_store.h"

#include "bind.h"
#include "errors.h"
#include "interruptible.h"
#include "settings.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace pomona::python {
namespace {

Result<std::vector<learn::Head>> HeadsAt(std::vector<std::string> locations,
                                         const std::vector<std::string>& kinds) {
  if (locations.empty()) {
    ARROW_ASSIGN_OR_RAISE(locations, learn::BuiltInHeads());
  }
  std::vector<learn::Head> heads;
  for (const std::string& location : locations) {
    ARROW_ASSIGN_OR_RAISE(heads.emplace_back(), learn::LoadHead(location));
  }
  ARROW_RETURN_NOT_OK(learn::CheckTogether(heads));
  ARROW_RETURN_NOT_OK(learn::NarrowTo(kinds, &heads));
  return heads;
}

bool IsRun(const std::string& source) {
  const auto store = store::OpenByteStore(source);
  return store.ok() && (*store)->Exists(job::kPlanFile).ValueOr(false);
}

// What `pomona predict --out` does: rows of the pictures, then their answers.
Status PredictTo(const std::string& source, const std::string& destination,
                 const std::vector<learn::Head>& heads, job::Settings settings,
                 const job::RunOptions& options) {
  const bool rows = IsRun(source);
  if (!rows) {
    ARROW_RETURN_NOT_OK(learn::AdoptHeadSettings(heads.front(), &settings));
    ARROW_RETURN_NOT_OK(job::Run(source, destination, settings, options).status());
  }
  ARROW_ASSIGN_OR_RAISE(const auto tables,
                        learn::AnswerTables(heads, rows ? source : destination));
  return learn::SaveAnswers(tables, heads, destination);
}

// Returns the heads' targets. `regions`: None is "fruits" for heads that look for fruits.
std::vector<std::string> Predict(const std::string& source,
                                 const std::string& destination,
                                 const std::vector<std::string>& locations,
                                 std::optional<std::string> regions,
                                 const std::vector<std::string>& kinds,
                                 const nb::typed<nb::dict, nb::str, nb::object>& values,
                                 int threads, nb::object events) {
  const auto heads = Unwrap(HeadsAt(locations, kinds));
  job::Settings settings = SettingsFrom(values);
  const bool fruits = locations.empty() || learn::IsBoxed(heads.front());
  settings.regions = regions  ? RegionsFromText(*regions)
                     : fruits ? image::RegionSet::kFruits
                              : image::RegionSet::kPhoto;
  std::stop_source stop;
  std::unique_ptr<CallbackSink> sink;
  if (!events.is_none()) sink = std::make_unique<CallbackSink>(events, stop);
  job::RunOptions options;
  options.threads = threads;
  options.max_bad = 1;  // each is told by the caller, and nothing is fitted
  options.stop = stop.get_token();
  options.sink = sink.get();
  Status status;
  RunInterruptible(
      stop, [&] { status = PredictTo(source, destination, heads, settings, options); });
  if (sink) sink->Rethrow();
  Check(status);
  std::vector<std::string> targets;
  for (const auto& head : heads) targets.push_back(head.target);
  return targets;
}

}  // namespace

void BindPredict(nb::module_& m) {
  m.def("predict", &Predict, "source"_a, "destination"_a, "heads"_a, "regions"_a.none(),
        "kinds"_a, "settings"_a, nb::kw_only(), "threads"_a, "events"_a = nb::none());
}

}  // namespace pomona::python
