// SPDX-License-Identifier: Apache-2.0
// Scaler and PCA against PySpark 4.3 and scikit-learn 1.9 on VGG16 features of real
// pictures: tests/golden/stats/make_*.py.
#include <cmath>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "pomona/base/safetensors.h"
#include "pomona/stats/reducer.h"

namespace pomona::stats {
namespace {

constexpr double kTolerance = 1e-9;  // the promise is 1e-6

std::string ReadFile(const std::string& name) {
  std::ifstream file(POMONA_SOURCE_DIR "/tests/golden/stats/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

// Tensors of one golden file.
class Golden {
 public:
  explicit Golden(const std::string& name)
      : bytes_(ReadFile(name)), file_(ParseSafetensors(bytes_).ValueOrDie()) {}
  std::vector<double> Numbers(const std::string& tensor) const {
    return file_.tensors.at(tensor).ToFloat64().ValueOrDie();
  }
  std::vector<int64_t> Shape(const std::string& tensor) const {
    return file_.tensors.at(tensor).shape;
  }

 private:
  std::string bytes_;
  Safetensors file_;
};

// The 2-norm of the difference over the 2-norm of the reference, the worst of `rows`,
// with the sign of column c flipped where sign[c] is -1.
double WorstRowError(const std::vector<double>& got, const std::vector<double>& want,
                     size_t width, const std::vector<double>& sign = {}) {
  EXPECT_EQ(got.size(), want.size());
  double worst = 0;
  for (size_t r = 0; r < want.size() / width; ++r) {
    double difference = 0, reference = 0;
    for (size_t c = 0; c < width; ++c) {
      const double flip = sign.empty() ? 1 : sign[c];
      difference += std::pow(flip * got[r * width + c] - want[r * width + c], 2);
      reference += std::pow(want[r * width + c], 2);
    }
    worst = std::max(worst, std::sqrt(difference / reference));
  }
  return worst;
}

struct Case {
  const char* file;
  const char* name;
  Convention convention;
  bool center;
  int64_t rows;  // of the features; 0 is all
};

class GoldenTest : public testing::TestWithParam<Case> {};

TEST_P(GoldenTest, FitAndTransformAgree) {
  const Case& c = GetParam();
  const Golden features("features.safetensors"), golden(c.file);
  const std::vector<double> rows = features.Numbers("features");
  const int64_t dim = features.Shape("features")[1];
  const int64_t n = c.rows > 0 ? c.rows : features.Shape("features")[0];
  const std::string prefix = std::string(c.name) + ".";

  Moments moments = Moments::Make(dim).ValueOrDie();
  ASSERT_TRUE(moments.Update(rows.data(), n).ok());
  moments.Flush();
  FitOptions options;
  options.convention = c.convention;
  options.center = c.center;
  options.components = golden.Shape(prefix + "components")[0];
  const auto k = static_cast<size_t>(*options.components);
  const Reducer r = FitReducer(moments, options).ValueOrDie();
  std::vector<double> reduced(n * k);
  ASSERT_TRUE(
      Transformer::Make(r).ValueOrDie().Apply(rows.data(), n, reduced.data()).ok());

  EXPECT_LT(WorstRowError(r.mean, golden.Numbers(prefix + "mean"), dim), kTolerance);
  EXPECT_LT(WorstRowError(r.scale, golden.Numbers(prefix + "scale"), dim), kTolerance);
  const std::vector<double> components = golden.Numbers(prefix + "components");
  std::vector<double> sign(k, 1.0);
  for (size_t i = 0; i < k && c.convention == Convention::kSpark; ++i) {
    double dot = 0;
    for (int64_t j = 0; j < dim; ++j) {
      dot += components[i * dim + j] * r.components[i * dim + j];
    }
    sign[i] = dot < 0 ? -1 : 1;
  }
  std::vector<double> flipped = r.components;
  for (size_t i = 0; i < flipped.size(); ++i) flipped[i] *= sign[i / dim];
  EXPECT_LT(WorstRowError(flipped, components, dim), kTolerance);
  EXPECT_LT(WorstRowError(reduced, golden.Numbers(prefix + "reduced"), k, sign),
            kTolerance);
  std::vector<double> ratio = r.explained_variance_ratio();
  ratio.resize(k);
  EXPECT_LT(WorstRowError(ratio, golden.Numbers(prefix + "ratio"), k), kTolerance);
  if (c.convention == Convention::kSklearn) {
    const std::vector<double> variance(r.eigenvalues.begin(), r.eigenvalues.begin() + k);
    EXPECT_LT(WorstRowError(variance, golden.Numbers(prefix + "variance"), k),
              kTolerance);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Libraries, GoldenTest,
    testing::Values(
        Case{"spark.safetensors", "centered", Convention::kSpark, true, 0},
        Case{"spark.safetensors", "plain", Convention::kSpark, false, 0},
        Case{"spark.safetensors", "few_rows", Convention::kSpark, true, 100},
        Case{"sklearn.safetensors", "centered", Convention::kSklearn, true, 0},
        Case{"sklearn.safetensors", "plain", Convention::kSklearn, false, 0},
        Case{"sklearn.safetensors", "few_rows", Convention::kSklearn, true, 100}));

}  // namespace
}  // namespace pomona::stats
