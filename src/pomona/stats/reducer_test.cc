// SPDX-License-Identifier: Apache-2.0
// Fit and transform against what is true of every PCA, in the corner cases too. The real
// libraries' numbers are in reducer_golden_test.cc.
#include "pomona/stats/reducer.h"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>

namespace pomona::stats {
namespace {

// Columns driven by a few hidden factors and noise, many zeros; `constant` columns last.
std::vector<float> Rows(int64_t n, int64_t dim, int64_t constant = 0,
                        int64_t factors = 6) {
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  std::vector<float> loading(factors * dim), rows(n * dim);
  for (float& x : loading) x = normal(random);
  for (int64_t r = 0; r < n; ++r) {
    std::vector<float> hidden(factors);
    for (float& h : hidden) h = normal(random);
    for (int64_t c = 0; c < dim; ++c) {
      float x = 0.3F * normal(random);
      for (int64_t f = 0; f < factors; ++f) x += hidden[f] * loading[f * dim + c];
      rows[r * dim + c] = c >= dim - constant ? 3.5F : std::max(0.0F, x);
    }
  }
  return rows;
}

Moments Of(const std::vector<float>& rows, int64_t dim) {
  Moments m = Moments::Make(dim).ValueOrDie();
  EXPECT_TRUE(m.Update(rows.data(), static_cast<int64_t>(rows.size()) / dim).ok());
  m.Flush();
  return m;
}

FitOptions Components(int64_t k, Convention convention = Convention::kSpark) {
  FitOptions o;
  o.convention = convention;
  o.components = k;
  return o;
}

// Orthonormal rows; A v = lambda v for the covariance of the scaled rows; signs fixed.
void ExpectEigenpairs(const Moments& m, const Reducer& r, double tolerance = 1e-9) {
  ASSERT_TRUE(r.Validate().ok()) << r.Validate();
  const int64_t d = r.dim;
  const auto weight = [&](int64_t i) { return r.scale[i] > 0 ? 1 / r.scale[i] : 0.0; };
  for (int64_t a = 0; a < r.k(); ++a) {
    const double* v = r.components.data() + a * d;
    const double* largest = std::max_element(
        v, v + d, [](double x, double y) { return std::abs(x) < std::abs(y); });
    EXPECT_GT(*largest, 0);
    for (int64_t b = 0; b <= a; ++b) {
      double dot = 0;
      for (int64_t i = 0; i < d; ++i) dot += v[i] * r.components[b * d + i];
      ASSERT_NEAR(dot, a == b ? 1 : 0, 1e-10) << a << ", " << b;
    }
    for (int64_t i = 0; i < d; ++i) {
      double sum = 0;
      for (int64_t j = 0; j < d; ++j) sum += m.scatter_at(i, j) * weight(j) * v[j];
      const double image =
          sum * weight(i) / static_cast<double>(std::max<int64_t>(1, m.count() - 1));
      ASSERT_NEAR(image, r.eigenvalues[a] * v[i], tolerance) << a << ", " << i;
    }
  }
}

struct Shape {
  int64_t rows, dim, constant, k;
  const char* method;
};

class FitTest : public testing::TestWithParam<Shape> {};

TEST_P(FitTest, GivesEigenpairsInBothConventions) {
  const Shape& s = GetParam();
  const Moments m = Of(Rows(s.rows, s.dim, s.constant), s.dim);
  for (Convention convention : {Convention::kSpark, Convention::kSklearn}) {
    const Reducer r = FitReducer(m, Components(s.k, convention)).ValueOrDie();
    EXPECT_EQ(r.method, s.method);
    EXPECT_EQ(r.k(), s.k);
    ExpectEigenpairs(m, r);
    const double per_column =
        convention == Convention::kSpark
            ? 1.0
            : static_cast<double>(s.rows) / static_cast<double>(s.rows - 1);
    int64_t varying = 0;
    for (int64_t i = 0; i < s.dim; ++i) varying += m.scatter_at(i, i) > 0;
    EXPECT_NEAR(r.total_variance, per_column * static_cast<double>(varying), 1e-9);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, FitTest,
    testing::Values(Shape{300, 20, 0, 5, "lapack"}, Shape{300, 20, 4, 16, "lapack"},
                    Shape{300, 20, 4, 20, "lapack"},  // more than columns that vary
                    Shape{10, 20, 0, 5, "low_rank"},  // fewer rows than columns
                    Shape{10, 20, 3, 9, "low_rank"}, Shape{10, 20, 3, 20, "low_rank"},
                    Shape{2, 20, 0, 1, "low_rank"}, Shape{700, 450, 7, 8, "spectra"},
                    Shape{700, 450, 7, 60, "lapack"}, Shape{600, 580, 0, 3, "spectra"},
                    Shape{520, 530, 0, 90, "lapack"}));

TEST(Fit, ThreeMethodsAgree) {
  constexpr int64_t kDim = 560;
  const Moments m = Of(Rows(540, kDim, 10, 20), kDim);  // rank 539 of 550
  const Reducer lanczos = FitReducer(m, Components(10)).ValueOrDie();
  FitOptions all = Components(10);
  all.all_eigenvalues = true;
  const Reducer lapack = FitReducer(m, all).ValueOrDie();
  ASSERT_EQ(lanczos.method, "spectra");
  ASSERT_EQ(lapack.method, "lapack");
  ASSERT_EQ(lapack.eigenvalues.size(), static_cast<size_t>(kDim));
  for (size_t i = 0; i < 10 * kDim; ++i) {
    ASSERT_NEAR(lanczos.components[i], lapack.components[i], 1e-9);
  }
  double sum = 0;
  for (double v : lapack.eigenvalues) sum += v;
  EXPECT_NEAR(sum, lapack.total_variance, 1e-9 * sum);
  EXPECT_EQ(lapack.eigenvalues[539], 0);  // the rank is known
  EXPECT_GT(lapack.eigenvalues[538], 0);
}

TEST(Fit, SameBitsForAnyThreads) {
  constexpr int64_t kDim = 600;
  const Moments m = Of(Rows(620, kDim), kDim);
  tbb::global_control control(tbb::global_control::max_allowed_parallelism, 4);
  std::vector<std::string> files;
  for (int threads : {1, 2, 4}) {
    tbb::task_arena arena(threads);
    arena.execute([&] {
      for (int64_t k : {6, 80}) {
        const Reducer r = FitReducer(m, Components(k)).ValueOrDie();
        files.push_back(r.ToSafetensors().ValueOrDie());
      }
    });
  }
  EXPECT_EQ(files[0], files[2]);
  EXPECT_EQ(files[0], files[4]);
  EXPECT_EQ(files[1], files[3]);
  EXPECT_EQ(files[1], files[5]);
}

// Two independent groups of columns with the very same covariance: every eigenvalue is
// double, and Lanczos alone sees each once.
TEST(Fit, DoubleEigenvaluesAreNotPassedOver) {
  constexpr int64_t kHalf = 256, kDim = 2 * kHalf;
  const std::vector<float> half = Rows(600, kHalf, 0, 12);
  std::vector<float> rows;
  for (int64_t r = 0; r < 600; ++r) {  // each row twice, once in each group
    for (int group = 0; group < 2; ++group) {
      for (int64_t c = 0; c < kDim; ++c) {
        rows.push_back(c / kHalf == group ? half[r * kHalf + c % kHalf] : 0.0F);
      }
    }
  }
  // Centre each group by mirrored rows, so that the groups do not correlate.
  const std::vector<float> positive = rows;
  for (float x : positive) rows.push_back(-x);
  const Moments m = Of(rows, kDim);
  const Reducer r = FitReducer(m, Components(8)).ValueOrDie();
  ExpectEigenpairs(m, r, 1e-8);
  for (int64_t i = 0; i < 8; i += 2) {
    EXPECT_NEAR(r.eigenvalues[i], r.eigenvalues[i + 1], 1e-8);
  }
}

TEST(Fit, DefaultIsSixtyFourOrTheRank) {
  const auto default_k = [](int64_t rows, int64_t dim) {
    return FitReducer(Of(Rows(rows, dim), dim), {}).ValueOrDie().k();
  };
  EXPECT_EQ(default_k(500, 100), 64);
  EXPECT_EQ(default_k(500, 30), 30);
  EXPECT_EQ(default_k(12, 100), 11);
  EXPECT_EQ(default_k(2, 100), 1);
}

TEST(Fit, OneRowAndConstantColumnsHaveNothingToExplain) {
  for (int64_t n : {1, 5}) {
    const Moments m = Of(Rows(n, 4, n == 1 ? 0 : 4), 4);
    for (Convention convention : {Convention::kSpark, Convention::kSklearn}) {
      FitOptions options;
      options.convention = convention;
      const Reducer r = FitReducer(m, options).ValueOrDie();
      EXPECT_EQ(r.k(), 1);
      EXPECT_EQ(r.method, "none");
      EXPECT_EQ(r.eigenvalues, std::vector<double>{0});
      EXPECT_EQ(r.explained_variance_ratio(), std::vector<double>{0});
      EXPECT_EQ(r.total_variance, 0);
      EXPECT_EQ(r.scale[0], convention == Convention::kSpark ? 0 : 1);
      EXPECT_TRUE(r.Validate().ok());
      EXPECT_EQ(FitReducer(m, Components(4, convention)).ValueOrDie().k(), 4);
    }
  }
}

TEST(Fit, VarianceChoosesTheSmallestNumberThatReachesIt) {
  struct {
    int64_t rows, dim;
  } const shapes[] = {{900, 60}, {30, 60}, {700, 600}};
  for (const auto& shape : shapes) {
    const Moments m = Of(Rows(shape.rows, shape.dim, 2), shape.dim);
    FitOptions all;
    all.all_eigenvalues = true;
    const std::vector<double> ratio =
        FitReducer(m, all).ValueOrDie().explained_variance_ratio();
    for (double share : {0.01, 0.5, 0.7, 0.9, 1.0}) {
      FitOptions options;
      options.variance = share;
      const Reducer r = FitReducer(m, options).ValueOrDie();
      double sum = 0;
      for (int64_t i = 0; i < r.k() - 1; ++i) sum += ratio[i];
      EXPECT_LT(sum, share) << shape.rows << " " << r.method;
      EXPECT_GE(sum + ratio[r.k() - 1], share - 1e-9);
      if (share == 1.0) {
        EXPECT_EQ(r.k(), std::min(shape.rows - 1, shape.dim - 2));
      }
    }
  }
}

TEST(Fit, WithoutScalesThePcaIsOfTheColumnsAsTheyAre) {
  const auto rows = Rows(200, 24, 2);
  const Moments m = Of(rows, 24);
  FitOptions options = Components(5);
  options.scale = false;
  const Reducer r = FitReducer(m, options).ValueOrDie();
  EXPECT_EQ(r.scale, std::vector<double>(24, 1.0));
  double total = 0;
  for (int64_t i = 0; i < 24; ++i) total += m.scatter_at(i, i) / 199;
  EXPECT_NEAR(r.total_variance, total, 1e-12 * total);
  ExpectEigenpairs(m, r);
}

TEST(Fit, OptionsAreChecked) {
  const Moments m = Of(Rows(9, 5), 5);
  const auto message = [&](std::optional<int64_t> k, std::optional<double> variance) {
    FitOptions o;
    o.components = k;
    o.variance = variance;
    const Status status = FitReducer(m, o).status();
    EXPECT_TRUE(status.IsInvalid());
    return status.message();
  };
  EXPECT_NE(message(0, {}).find("components: 0"), std::string::npos);
  EXPECT_NE(message(6, {}).find("components: 6 is not in 1 to 5"), std::string::npos);
  EXPECT_NE(message({}, 1.5).find("variance: 1.5"), std::string::npos);
  EXPECT_NE(message({}, 0.0).find("variance: 0"), std::string::npos);
  EXPECT_NE(message({}, std::nan("")).find("variance"), std::string::npos);
  EXPECT_NE(message(2, 0.5).find("not both"), std::string::npos);
  EXPECT_TRUE(FitReducer(Moments::Make(5).ValueOrDie(), {}).status().IsInvalid());
}

TEST(Fit, VarianceBeyondFloat64IsAnError) {
  Moments m = Moments::Make(2).ValueOrDie();
  const std::vector<double> rows = {1e300, 1, -1e300, 2};
  ASSERT_TRUE(m.Update(rows.data(), 2).ok());
  m.Flush();
  EXPECT_NE(FitReducer(m, {}).status().message().find("column 0"), std::string::npos);
}

// The moments' order of merging changes the last bits only.
TEST(Fit, RefitOfExtendedMomentsAgrees) {
  constexpr int64_t kDim = 80;
  const std::vector<float> rows = Rows(1000, kDim);
  Moments merged = Of({rows.begin(), rows.begin() + 700 * kDim}, kDim);
  ASSERT_TRUE(merged.Merge(Of({rows.begin() + 700 * kDim, rows.end()}, kDim)).ok());
  const Reducer a = FitReducer(Of(rows, kDim), Components(6)).ValueOrDie();
  const Reducer b = FitReducer(merged, Components(6)).ValueOrDie();
  for (size_t i = 0; i < a.components.size(); ++i) {
    EXPECT_NEAR(a.components[i], b.components[i], 1e-10);
  }
}

TEST(Transformer, IsTheFormulaOfEachConvention) {
  constexpr int64_t kDim = 50, kRows = 75, kK = 37;
  const std::vector<float> rows = Rows(kRows, kDim, 3);
  const std::vector<double> wide(rows.begin(), rows.end());
  for (Convention convention : {Convention::kSpark, Convention::kSklearn}) {
    for (bool center : {true, false}) {
      FitOptions options = Components(kK, convention);
      options.center = center;
      const Reducer r = FitReducer(Of(rows, kDim), options).ValueOrDie();
      const Transformer t = Transformer::Make(r).ValueOrDie();
      std::vector<float> out(kRows * kK);
      std::vector<double> exact(kRows * kK);
      ASSERT_TRUE(t.Apply(rows.data(), kRows, out.data()).ok());
      ASSERT_TRUE(t.Apply(wide.data(), kRows, exact.data()).ok());
      const bool subtract = center || convention == Convention::kSklearn;
      for (int64_t i = 0; i < kRows; ++i) {
        for (int64_t c = 0; c < kK; ++c) {
          double want = 0;
          for (int64_t j = 0; j < kDim; ++j) {
            if (r.scale[j] == 0) continue;
            const double x = wide[i * kDim + j] - (subtract ? r.mean[j] : 0);
            want += x / r.scale[j] * r.components[c * kDim + j];
          }
          ASSERT_NEAR(exact[i * kK + c], want, 1e-11);
          ASSERT_EQ(out[i * kK + c], static_cast<float>(exact[i * kK + c]));
        }
      }
    }
  }
}

TEST(Transformer, ARowDoesNotDependOnItsNeighbours) {
  constexpr int64_t kDim = 90, kRows = 200, kK = 20;
  const std::vector<float> rows = Rows(kRows, kDim);
  const Reducer r = FitReducer(Of(rows, kDim), Components(kK)).ValueOrDie();
  const Transformer t = Transformer::Make(r).ValueOrDie();
  std::vector<float> together(kRows * kK), alone(kRows * kK);
  ASSERT_TRUE(t.Apply(rows.data(), kRows, together.data()).ok());
  tbb::task_arena arena(1);
  arena.execute([&] {
    for (int64_t i = 0; i < kRows; ++i) {
      ASSERT_TRUE(t.Apply(rows.data() + i * kDim, 1, alone.data() + i * kK).ok());
    }
  });
  EXPECT_EQ(together, alone);
}

TEST(Transformer, NamesTheCellThatIsNotFinite) {
  const std::vector<float> rows = Rows(50, 6);
  const Reducer r = FitReducer(Of(rows, 6), {}).ValueOrDie();
  std::vector<float> bad = rows, out(50 * r.k());
  bad[40 * 6 + 3] = std::numeric_limits<float>::quiet_NaN();
  const Status status =
      Transformer::Make(r).ValueOrDie().Apply(bad.data(), 50, out.data());
  EXPECT_TRUE(status.IsInvalid());
  EXPECT_NE(status.message().find("row 40, column 3"), std::string::npos);
}

}  // namespace
}  // namespace pomona::stats
