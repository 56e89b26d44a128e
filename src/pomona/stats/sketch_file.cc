// SPDX-License-Identifier: Apache-2.0
// The file of a sketch; docs/formats.md has its layout.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <span>
#include <vector>

#include "pomona/stats/sketch.h"
#include "pomona/stats/state_file.h"

namespace pomona::stats {
namespace {

using internal::BytesOf;

// What stands before mean, squares and rows, a float64 each: rank, kept, lost.
using Numbers = std::array<double, 3>;

bool IsCount(double x, int64_t low, int64_t high) {
  return x >= static_cast<double>(low) && x <= static_cast<double>(high) &&
         x == std::floor(x);
}

template <typename Vector>
bool AllFinite(const Vector& numbers) {
  return std::all_of(numbers.begin(), numbers.end(),
                     [](double x) { return std::isfinite(x); });
}

// Reads `numbers` from the front of `from`.
template <typename Vector>
void Take(std::string_view* from, Vector* numbers) {
  const size_t bytes = numbers->size() * sizeof(double);
  if (bytes == 0) return;  // of no rows, whose memory is nowhere
  std::memcpy(numbers->data(), from->data(), bytes);
  from->remove_prefix(bytes);
}

// R^T R is at most the scatter, and so is its diagonal; else the eigenpairs of what a
// file claims could be anything, and of numbers that overflow LAPACK would not come back.
bool IsWithin(std::span<const double> rows, const std::vector<double>& squares) {
  std::vector<double> sums(squares.size());
  for (size_t at = 0; at < rows.size(); at += squares.size()) {
    for (size_t i = 0; i < squares.size(); ++i) sums[i] += rows[at + i] * rows[at + i];
  }
  for (size_t i = 0; i < squares.size(); ++i) {
    if (!(sums[i] <= squares[i] * (1 + 1e-6))) return false;
  }
  return true;
}

}  // namespace

Result<std::string> Sketch::Serialize() const {
  if (pending_rows_ != 0) {
    return Status::Invalid("a sketch has pending rows: call Flush before Serialize");
  }
  const Numbers numbers = {static_cast<double>(rank_), static_cast<double>(kept_), lost_};
  return internal::WriteStateFile(
      internal::StateForm::kSketch, dim_, count_,
      {BytesOf(numbers), BytesOf(mean_), BytesOf(squares_), BytesOf(rows())});
}

Result<Sketch> Sketch::Deserialize(std::string_view file, int64_t max_dim) {
  ARROW_ASSIGN_OR_RAISE(const auto state, internal::OpenStateFile(file, max_dim));
  if (state.form != internal::StateForm::kSketch) {
    return Status::Invalid("the file holds moments, not a sketch of them");
  }
  std::string_view payload = state.payload;
  Numbers numbers{};
  if (payload.size() < sizeof(numbers)) {
    return Status::Invalid("sketch: ", payload.size(), " bytes are no sketch");
  }
  Take(&payload, &numbers);
  const auto [rank, kept, lost] = numbers;
  // While nothing is cut off, every row of a chunk stays, and one more a merge.
  const int64_t most = std::min(state.dim, 2 * std::min(state.dim, state.count));
  if (!IsCount(rank, 1, state.dim) || !IsCount(kept, 0, most) || kept > rank ||
      !std::isfinite(lost) || lost < 0) {
    return Status::Invalid("sketch: it claims to keep ", kept, " of ", rank, " rows of ",
                           state.dim, " columns, of ", state.count, ", and to lack ",
                           lost);
  }
  ARROW_ASSIGN_OR_RAISE(Sketch sketch, Make(state.dim, static_cast<int64_t>(rank)));
  sketch.count_ = state.count;
  sketch.kept_ = static_cast<int64_t>(kept);
  sketch.lost_ = lost;
  const auto wanted = static_cast<size_t>(2 + sketch.kept_) *
                      static_cast<size_t>(sketch.dim_) * sizeof(double);
  if (payload.size() != wanted) {
    return Status::Invalid("sketch: ", payload.size(), " bytes of numbers, ", wanted,
                           " are needed");
  }
  Take(&payload, &sketch.mean_);
  Take(&payload, &sketch.squares_);
  sketch.rows_.resize(sketch.kept_ * sketch.dim_);
  Take(&payload, &sketch.rows_);
  if (!AllFinite(sketch.mean_) || !AllFinite(sketch.squares_) ||
      !AllFinite(sketch.rows_) ||
      *std::min_element(sketch.squares_.begin(), sketch.squares_.end()) < 0) {
    return Status::Invalid("sketch: a number is not finite, or a variance below 0");
  }
  if (!IsWithin(sketch.rows(), sketch.squares_)) {
    return Status::Invalid("sketch: its rows have more variance than it says");
  }
  return sketch;
}

}  // namespace pomona::stats
