// SPDX-License-Identifier: Apache-2.0
#include "pomona/stats/fit_state.h"

#include <algorithm>
#include <utility>

#include "pomona/stats/state_file.h"

namespace pomona::stats {

std::string_view PcaName(Pca pca) {
  switch (pca) {
    case Pca::kExact:
      return "exact";
    case Pca::kSketch:
      return "sketch";
    case Pca::kAuto:
      break;
  }
  return "auto";
}

Result<Pca> ParsePca(std::string_view name) {
  for (const Pca pca : {Pca::kAuto, Pca::kExact, Pca::kSketch}) {
    if (PcaName(pca) == name) return pca;
  }
  return Status::Invalid("'", name, "' is not auto, exact or sketch");
}

StateOptions StateFor(const FitOptions& options) {
  StateOptions state;
  state.pca = options.pca;
  state.rank = std::max(kSketchRank, 4 * options.components.value_or(0));
  if (state.pca == Pca::kAuto && (options.variance || options.all_eigenvalues)) {
    state.pca = Pca::kExact;
  }
  return state;
}

bool Sketches(int64_t dim, const StateOptions& options) {
  return options.pca == Pca::kSketch || (options.pca == Pca::kAuto && dim >= kSketchFrom);
}

int64_t MostStateBytes(int64_t rows, int64_t dim, const StateOptions& options) {
  if (Sketches(dim, options)) return (2 + std::min({options.rank, rows, dim})) * dim * 8;
  const int64_t triangle = (dim * (dim + 1) / 2 + 2 * dim) * 8;
  return rows <= kChunkRows ? std::min(triangle, rows * dim * 4) : triangle;
}

Result<FitState> FitState::Make(int64_t dim, const StateOptions& options) {
  if (Sketches(dim, options)) {
    ARROW_ASSIGN_OR_RAISE(Sketch sketch, Sketch::Make(dim, options.rank));
    return FitState(std::move(sketch));
  }
  ARROW_ASSIGN_OR_RAISE(Moments moments, Moments::Make(dim));
  return FitState(std::move(moments));
}

Status FitState::Update(const float* rows, int64_t n) {
  return std::visit([&](auto& state) { return state.Update(rows, n); }, state_);
}

Status FitState::Update(const double* rows, int64_t n) {
  return std::visit([&](auto& state) { return state.Update(rows, n); }, state_);
}

Status FitState::Flush() {
  if (auto* sketch = std::get_if<Sketch>(&state_)) return sketch->Flush();
  std::get<Moments>(state_).Flush();
  return Status::OK();
}

Status FitState::Merge(const FitState& other) {
  if (state_.index() != other.state_.index()) {
    return Status::Invalid(
        "cannot merge moments and a sketch: the run was begun with another --pca, or by "
        "another version. Remove the folder moments; the same command makes it anew");
  }
  if (auto* sketch = std::get_if<Sketch>(&state_)) return sketch->Merge(*other.sketch());
  return std::get<Moments>(state_).Merge(*other.moments());
}

int64_t FitState::dim() const {
  return std::visit([](const auto& state) { return state.dim(); }, state_);
}

int64_t FitState::count() const {
  return std::visit([](const auto& state) { return state.count(); }, state_);
}

Result<std::string> FitState::Serialize() const {
  return std::visit([](const auto& state) { return state.Serialize(); }, state_);
}

Result<FitState> FitState::Deserialize(std::string_view file, int64_t max_dim) {
  if (internal::FormOf(file) == internal::StateForm::kSketch) {
    ARROW_ASSIGN_OR_RAISE(Sketch sketch, Sketch::Deserialize(file));
    return FitState(std::move(sketch));
  }
  ARROW_ASSIGN_OR_RAISE(Moments moments, Moments::Deserialize(file, max_dim));
  return FitState(std::move(moments));
}

Result<Reducer> FitReducer(const FitState& state, const FitOptions& options) {
  if (state.sketch() != nullptr) return FitReducer(*state.sketch(), options);
  return FitReducer(*state.moments(), options);
}

}  // namespace pomona::stats
