// SPDX-License-Identifier: Apache-2.0
#include <cblas.h>
#include <lapacke.h>

#include <algorithm>
#include <mutex>

#include "pomona/stats/eigen.h"
#include "pomona/stats/linear_algebra.h"

namespace pomona::stats::internal {
namespace {

Status Check(lapack_int info, const char* routine) {
  if (info == 0) return Status::OK();
  return Status::UnknownError("LAPACK's ", routine, " failed with info ", info);
}

// A = Q T Q^T, T tridiagonal.
struct Tridiagonal {
  AlignedVector q, tau, diagonal, off;
};

Result<Tridiagonal> Reduce(const SymmetricMatrix& matrix) {
  const auto n = static_cast<lapack_int>(matrix.size());
  Tridiagonal t{matrix.LowerSquare(), AlignedVector(n), AlignedVector(n),
                AlignedVector(n)};
  ARROW_RETURN_NOT_OK(Check(LAPACKE_dsytrd(LAPACK_COL_MAJOR, 'U', n, t.q.data(), n,
                                           t.diagonal.data(), t.off.data(), t.tau.data()),
                            "dsytrd"));
  return t;
}

// Vectors of the k largest eigenvalues of T, a column each, rising.
Result<AlignedVector> TopVectors(const Tridiagonal& t, int64_t k) {
  const auto n = static_cast<lapack_int>(t.diagonal.size());
  AlignedVector d = t.diagonal, e = t.off, w(n), z(n * k);
  std::vector<lapack_int> support(2 * std::max<int64_t>(1, k));
  lapack_int found = 0;
  lapack_logical accurate = 1;
  const lapack_int info =
      LAPACKE_dstemr(LAPACK_COL_MAJOR, 'V', 'I', n, d.data(), e.data(), 0, 0,
                     static_cast<lapack_int>(n - k + 1), n, &found, w.data(), z.data(), n,
                     static_cast<lapack_int>(k), support.data(), &accurate);
  if (info == 0 && found == k) return z;
  // MRRR gives up on rare matrices; divide and conquer does not, for more memory.
  d = t.diagonal, e = t.off;
  AlignedVector all(static_cast<size_t>(n) * n);
  ARROW_RETURN_NOT_OK(
      Check(LAPACKE_dstevd(LAPACK_COL_MAJOR, 'V', n, d.data(), e.data(), all.data(), n),
            "dstevd"));
  return AlignedVector(all.end() - n * k, all.end());
}

}  // namespace

Result<Eigenpairs> LapackEigen(const SymmetricMatrix& matrix, const ChooseCount& choose) {
  UseOneBlasThread();
  const auto n = static_cast<lapack_int>(matrix.size());
  ARROW_ASSIGN_OR_RAISE(const Tridiagonal t, Reduce(matrix));
  AlignedVector values = t.diagonal, off = t.off;
  ARROW_RETURN_NOT_OK(Check(LAPACKE_dsterf(n, values.data(), off.data()), "dsterf"));

  Eigenpairs pairs;
  pairs.method = "lapack";
  pairs.complete = true;
  pairs.values.assign(values.rbegin(), values.rend());
  const int64_t k = choose(pairs.values);
  ARROW_ASSIGN_OR_RAISE(AlignedVector z, TopVectors(t, k));
  ARROW_RETURN_NOT_OK(
      Check(LAPACKE_dormtr(LAPACK_COL_MAJOR, 'L', 'U', 'N', n, static_cast<lapack_int>(k),
                           t.q.data(), n, t.tau.data(), z.data(), n),
            "dormtr"));
  for (int64_t i = k - 1; i >= 0; --i) {
    pairs.vectors.insert(pairs.vectors.end(), z.begin() + i * n, z.begin() + (i + 1) * n);
  }
  return pairs;
}

}  // namespace pomona::stats::internal
