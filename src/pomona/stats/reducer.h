// SPDX-License-Identifier: Apache-2.0
// A reducer is a scaler and a PCA, fitted: fit from moments, saved as a file, applied to
// rows. Fit and apply are apart. docs/numerics.md has the arithmetic and the tolerances.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/stats/aligned.h"
#include "pomona/stats/moments.h"

namespace pomona::stats {

// kSpark: sample deviation (n - 1); columns without variance scale to 0 as Spark ML's
// StandardScaler does; PCA transform without subtracting the mean of the scaled rows.
// kSklearn: population deviation (n), scale 1 for constant columns, centred by the PCA.
// Both: covariance with n - 1; a component's element of the largest magnitude is positive
// (scikit-learn's svd_flip; Spark leaves signs open).
enum class Convention { kSpark, kSklearn };
std::string_view ConventionName(Convention convention);  // "spark", "sklearn"
Result<Convention> ParseConvention(std::string_view name);

// What a fit is from (fit_state.h): moments, whose scatter of d columns takes 4 d^2
// bytes, or a sketch of them. kAuto: a sketch from kSketchFrom columns on.
enum class Pca { kAuto, kExact, kSketch };
std::string_view PcaName(Pca pca);  // "auto", "exact", "sketch"
Result<Pca> ParsePca(std::string_view name);

struct FitOptions {
  Convention convention = Convention::kSpark;
  // The scaler's withMean. Off is the origin's default; ours is on. In kSklearn rows come
  // out the same either way, since its PCA subtracts what the scaler left.
  bool center = true;
  // The scaler's withStd. Off: every scale is 1, and the PCA is of the columns as they
  // are.
  bool scale = true;
  // Number of components; nullopt with no variance: min(64, rank), at least 1.
  std::optional<int64_t> components;
  // Or the smallest k whose components explain this share of the variance, in (0, 1]; 1
  // is the rank.
  std::optional<double> variance;
  // Computes all eigenvalues by LAPACK (9 s at 4,608 columns), the components likewise.
  bool all_eigenvalues = false;
  Pca pca = Pca::kAuto;
  // k < 1, k > dim, variance outside (0, 1], both given: Invalid, naming the option.
  Status Validate(int64_t dim) const;
};

// How far the eigenpairs of a sketch may be from the exact ones.
struct SketchError {
  int64_t rank = 0;  // directions that the sketch kept
  // The share of the total variance that is outside of them. Exact components explain no
  // more than this beyond what these do.
  double outside = 0;
  // An estimate of the same, at most `outside`: k times the most that was cut off of one
  // direction at a time. It holds where what was cut off at different times lies in
  // different directions (docs/numerics.md).
  double missed = 0;
};

struct Reducer {
  Convention convention = Convention::kSpark;
  bool center = true;
  int64_t dim = 0;
  int64_t count = 0;                // rows that it was fitted on; 0: not known (imported)
  std::vector<double> mean;         // dim
  std::vector<double> scale;        // dim: the deviation that rows are divided by; 0: the
                                    // scaled column is 0
  std::vector<double> components;   // k x dim, row-major, unit length, signs fixed
  std::vector<double> eigenvalues;  // computed ones, falling; at least k
  double total_variance = 0;        // exact, of all components
  // How the eigenpairs were found: "spectra", "lapack", "low_rank", "sketch", or "none"
  // where no column varies.
  std::string method;
  std::optional<SketchError> sketch;  // of method "sketch"
  // Free text pairs that travel with the file: contract, network hash, settings hash.
  std::map<std::string, std::string> metadata;

  int64_t k() const {
    return dim == 0 ? 0 : static_cast<int64_t>(components.size()) / dim;
  }
  // Whether the transform is ((x - mean) / scale) C or (x / scale) C.
  bool subtracts_mean() const { return center || convention == Convention::kSklearn; }
  // Share of the total variance, per computed eigenvalue; 0 where nothing varies.
  std::vector<double> explained_variance_ratio() const;
  // Sizes that fit, finite numbers, scales of at least 0; names the field.
  Status Validate() const;

  // The safetensors file and its JSON twin (docs/formats.md). Same reducer, same bytes.
  Result<std::string> ToSafetensors() const;
  std::string ToJson() const;
  // Hostile input: checks shapes, dtypes and finiteness.
  static Result<Reducer> FromSafetensors(std::string_view file);
};

// Needs count >= 1. docs/numerics.md defines n = 1, n < dim, constant columns, k > rank.
// Memory beside the moments: 4 * dim^2 bytes, and by LAPACK 8 * dim^2 more. The bits do
// not depend on threads.
Result<Reducer> FitReducer(const Moments& moments, const FitOptions& options);

// rows: n x dim, finite, or Invalid names the row and column; out: n x k. Computes in
// float64. A row's bits do not depend on its neighbours or on threads. Thread-safe; uses
// the calling thread's TBB arena.
class Transformer {
 public:
  static Result<Transformer> Make(const Reducer& reducer);
  Status Apply(const float* rows, int64_t n, float* out) const;
  Status Apply(const double* rows, int64_t n, double* out) const;
  int64_t k() const { return k_; }
  int64_t dim() const { return dim_; }

 private:
  template <typename T>
  Status ApplyAll(const T* rows, int64_t n, T* out) const;
  template <typename T>
  Status ApplyRows(const T* rows, int64_t first, int64_t last, T* out) const;

  int64_t dim_ = 0;
  int64_t k_ = 0;
  AlignedVector weights_;       // component / scale, in panels of dim x 32
  std::vector<double> offset_;  // what is left of the mean
};

}  // namespace pomona::stats
