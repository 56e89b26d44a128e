// SPDX-License-Identifier: Apache-2.0
// What rows leave behind for a fit: their moments, or a sketch of these.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "pomona/base/status.h"
#include "pomona/stats/moments.h"
#include "pomona/stats/reducer.h"
#include "pomona/stats/sketch.h"

namespace pomona::stats {

// From so many columns on Pca::kAuto sketches: moments of more take over 0.5 GB a state,
// and a fit three times that.
inline constexpr int64_t kSketchFrom = 12'288;

// Which state to make, as far as that is known before the columns are.
struct StateOptions {
  Pca pca = Pca::kAuto;
  int64_t rank = kSketchRank;
};
// Of a fit. Shares of the variance and all eigenvalues need moments: with them kAuto is
// kExact. The rank is four times the components, at least kSketchRank.
StateOptions StateFor(const FitOptions& options);

bool Sketches(int64_t dim, const StateOptions& options);
// Of a state's file, at most.
int64_t MostStateBytes(int64_t rows, int64_t dim, const StateOptions& options);

// Thread-safety and bits as Moments and Sketch say.
class FitState {
 public:
  static Result<FitState> Make(int64_t dim, const StateOptions& options);

  explicit FitState(Moments moments) : state_(std::move(moments)) {}
  explicit FitState(Sketch sketch) : state_(std::move(sketch)) {}

  Status Update(const float* rows, int64_t n);
  Status Update(const double* rows, int64_t n);
  Status Flush();
  // Invalid where one is of moments and the other a sketch.
  Status Merge(const FitState& other);

  int64_t dim() const;
  int64_t count() const;
  // nullptr when it is the other one.
  const Moments* moments() const { return std::get_if<Moments>(&state_); }
  const Sketch* sketch() const { return std::get_if<Sketch>(&state_); }

  Result<std::string> Serialize() const;
  // Hostile input; max_dim is of moments, whose memory grows with its square.
  static Result<FitState> Deserialize(std::string_view file, int64_t max_dim = 16'384);

 private:
  std::variant<Moments, Sketch> state_;
};

// Needs count >= 1. Method "sketch"; Reducer::sketch tells how good it is. Invalid where
// more is asked for than the sketch holds.
Result<Reducer> FitReducer(const Sketch& sketch, const FitOptions& options);
// FitOptions::pca does not count: the state is what it is.
Result<Reducer> FitReducer(const FitState& state, const FitOptions& options);

}  // namespace pomona::stats
