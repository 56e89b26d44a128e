// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "pomona/stats/kernel.h"

namespace pomona::stats::internal {
namespace {

void CombineLists(const double* panel, const SparseLists& lists, int64_t first,
                  int64_t last, double* out) {
  for (int64_t i = first; i < last; ++i, out += kPanel) {
    std::fill_n(out, kPanel, 0.0);
    for (int64_t t = lists.start[i]; t < lists.start[i + 1]; ++t) {
      const double* row = panel + lists.index[t] * kPanel;
      for (int64_t c = 0; c < kPanel; ++c) out[c] += lists.value[t] * row[c];
    }
  }
}

void CombineDense(const double* panel, const double* left, int64_t column, int64_t rows,
                  double* out) {
  for (int64_t g = 0; g < kGroup; ++g, out += kPanel) {
    std::fill_n(out, kPanel, 0.0);
    for (int64_t r = 0; r < rows; ++r) {
      const double value = left[r * kPanel + column + g];
      for (int64_t c = 0; c < kPanel; ++c) out[c] += value * panel[r * kPanel + c];
    }
  }
}

void AddProducts(const double* products, double a, const double* u, double b,
                 const double* v, int64_t n, double* to) {
  for (int64_t c = 0; c < n; ++c) to[c] += (products[c] - a * u[c]) + b * v[c];
}

// Eight running sums, folded in halves: the order that a vector of 8 lanes gives.
double Dot(const double* a, const double* x, int64_t n) {
  std::array<double, 8> sum{};
  int64_t j = 0;
  for (; j + 8 <= n; j += 8) {
    for (int l = 0; l < 8; ++l) sum[l] += a[j + l] * x[j + l];
  }
  for (int width = 4; width > 0; width /= 2) {
    for (int l = 0; l < width; ++l) sum[l] += sum[l + width];
  }
  for (; j < n; ++j) sum[0] += a[j] * x[j];
  return sum[0];
}

void SymvRows(const double* a, int64_t first, int64_t last, const double* x, double* y) {
  for (int64_t i = first; i < last; ++i) {
    const double* row = a + i * (i + 1) / 2;
    const double dot = Dot(row, x, i);
    for (int64_t j = 0; j < i; ++j) y[j] += row[j] * x[i];
    y[i] += dot + row[i] * x[i];
  }
}

}  // namespace

const Kernels kReferenceKernels = {"reference",  Isa::kPortable, CombineLists,
                                   CombineDense, AddProducts,    SymvRows};

}  // namespace pomona::stats::internal
