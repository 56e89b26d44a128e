// SPDX-License-Identifier: Apache-2.0
// A head answers for rows of features: which class, how sure, or that it does not know.
// docs/formats.md has its file, docs/numerics.md the arithmetic.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/learn/class_moments.h"
#include "pomona/learn/linear_model.h"

namespace pomona::learn {

// What is done to a row before a head sees it.
struct RowForm {
  bool root = false;       // sign(x) sqrt(|x|): few large numbers weigh less
  bool normalize = false;  // each part to length 1 (zeros stay)
  // Columns of each part of a row (layers, colour); empty: the row is one part.
  std::vector<int64_t> parts = {};
  // rows: n x dim, in place. Parallel.
  void Apply(float* rows, int64_t n, int64_t dim) const;
};

// What a head says of one row.
struct Answer {
  std::vector<double> probabilities;  // of each class; they add up to 1
  int32_t best = 0;
  std::vector<int32_t> set;  // classes that it may be, most probable first; see coverage
  double distance = 0;       // to the nearest class, in 1 - cosine
  bool known = true;         // false: farther away than nearly all pictures of training
};

struct Head {
  std::string target;  // "fruit", "variety", "maturity", "health", "label"
  std::string method;  // "lda", "softmax"
  std::vector<std::string> classes;
  RowForm form;
  LinearModel model;
  std::vector<float> centres;  // classes x dim: mean row of each class, of length 1
  double temperature = 1;
  double coverage = 0.9;  // share of rows whose set holds the truth
  double set_threshold = 0;
  double known_distance = 0;  // finite
  // Free text pairs: contract and network of its rows, strength of the penalty, figures.
  std::map<std::string, std::string> metadata;

  int64_t dim() const { return model.dim; }
  // Sizes that fit, finite numbers, classes that differ; names the field.
  Status Validate() const;
  // rows: n x dim, finite, or Invalid names the row and column. Thread-safe; uses the
  // calling thread's TBB arena.
  Result<std::vector<Answer>> Predict(const float* rows, int64_t n) const;
  // From a row's scores, one for each class, and its distance.
  Answer AnswerFor(std::span<const double> scores, double distance) const;

  // The safetensors file and its JSON twin. Same head, same bytes.
  Result<std::string> ToSafetensors() const;
  std::string ToJson() const;
  // Hostile input: checks shapes, dtypes and finiteness.
  static Result<Head> FromSafetensors(std::string_view file);
};

// Invalid names the row and column of the first number that is not finite.
Status CheckFinite(const float* rows, int64_t n, int64_t dim);

// 1 - cosine of the nearest of `centres` (count x dim, of length 1; a zero centre is far
// from all) for each of n rows.
void NearestDistances(const float* rows, int64_t n, int64_t dim,
                      const std::vector<float>& centres, double* distances);

// The `means`, each brought to length 1; of classes without rows 0.
std::vector<float> UnitMeans(const ClassMeans& means);

}  // namespace pomona::learn
