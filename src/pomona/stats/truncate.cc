// SPDX-License-Identifier: Apache-2.0
#include "pomona/stats/truncate.h"

#include <cblas.h>
#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <new>

#include "pomona/stats/aligned.h"
#include "pomona/stats/linear_algebra.h"
#include "pomona/stats/parallel.h"

namespace pomona::stats::internal {
namespace {

// Columns that a BLAS call takes, so that a copy of them stays near the core.
constexpr int64_t kTile = 128;
// The sum over columns is cut into this many, added in order: the same bits for any
// number of threads.
constexpr int64_t kRuns = 8;

// Columns [first, first + width) of `rows`, times `weight`, as n x width.
void CopyTile(const double* rows, int64_t n, int64_t dim, int64_t first, int64_t width,
              const double* weight, double* tile) {
  for (int64_t r = 0; r < n; ++r) {
    const double* from = rows + r * dim + first;
    for (int64_t c = 0; c < width; ++c) {
      tile[r * width + c] = weight == nullptr ? from[c] : from[c] * weight[first + c];
    }
  }
}

// The lower triangle of (rows D)(rows D)^T, n x n.
AlignedVector Gram(const double* rows, int64_t n, int64_t dim,
                   const std::vector<double>& weight) {
  const int64_t tiles = (dim + kTile - 1) / kTile;
  AlignedVector grams(kRuns * n * n);
  ParallelFor(kRuns, [&](int64_t run) {
    AlignedVector tile(n * kTile);
    double* gram = grams.data() + run * n * n;
    for (int64_t t = run * tiles / kRuns; t < (run + 1) * tiles / kRuns; ++t) {
      const int64_t first = t * kTile;
      const int64_t width = std::min(kTile, dim - first);
      CopyTile(rows, n, dim, first, width, weight.data(), tile.data());
      cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, static_cast<int>(n),
                  static_cast<int>(width), 1.0, tile.data(), static_cast<int>(width), 1.0,
                  gram, static_cast<int>(n));
    }
  });
  for (int64_t run = 1; run < kRuns; ++run) {
    const double* from = grams.data() + run * n * n;
    for (int64_t i = 0; i < n * n; ++i) grams[i] += from[i];
  }
  grams.resize(n * n);
  return grams;
}

// rows[0 .. keep) = vectors * rows, tile by tile; vectors: keep x n.
void Project(const double* vectors, int64_t keep, double* rows, int64_t n, int64_t dim) {
  ParallelFor((dim + kTile - 1) / kTile, [&](int64_t t) {
    const int64_t first = t * kTile;
    const int64_t width = std::min(kTile, dim - first);
    AlignedVector tile(n * width);
    CopyTile(rows, n, dim, first, width, nullptr, tile.data());
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(keep),
                static_cast<int>(width), static_cast<int>(n), 1.0, vectors,
                static_cast<int>(n), tile.data(), static_cast<int>(width), 0.0,
                rows + first, static_cast<int>(dim));
  });
}

Result<double> Keep(double* rows, int64_t n, int64_t dim, std::span<const double> squares,
                    int64_t keep) {
  UseOneBlasThread();
  std::vector<double> weight(dim);
  for (int64_t i = 0; i < dim; ++i) {
    weight[i] = squares[i] > 0 ? 1.0 / std::sqrt(squares[i]) : 0.0;
  }
  AlignedVector gram = Gram(rows, n, dim, weight);
  std::vector<double> values(n);  // rising
  // A lower triangle by rows is an upper one by columns, and vectors come out by rows.
  const lapack_int info =
      LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'U', static_cast<lapack_int>(n), gram.data(),
                     static_cast<lapack_int>(n), values.data());
  if (info != 0) return Status::UnknownError("LAPACK's dsyevd failed with info ", info);
  Project(gram.data() + (n - keep) * n, keep, rows, n, dim);
  return std::max(0.0, values[n - keep - 1]);
}

}  // namespace

Result<double> KeepLargest(double* rows, int64_t n, int64_t dim,
                           std::span<const double> squares, int64_t keep) {
  try {
    return Keep(rows, n, dim, squares, keep);
  } catch (const std::bad_alloc&) {
    return Status::OutOfMemory("no memory to sketch ", n, " rows of ", dim, " columns");
  }
}

}  // namespace pomona::stats::internal
