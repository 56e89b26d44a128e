// SPDX-License-Identifier: Apache-2.0
// The largest eigenpairs of a covariance matrix, by one of these methods. Each gives the
// same bits for any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/stats/aligned.h"
#include "pomona/stats/symmetric.h"

namespace pomona::stats::internal {

struct Eigenpairs {
  std::vector<double> values;  // falling; at least as many as vectors
  AlignedVector vectors;       // a row each, orthonormal
  std::string method;
  bool complete = false;  // every eigenvalue that is not 0 is in `values`
};

// How many vectors are wanted, once the eigenvalues are known (falling).
using ChooseCount = std::function<int64_t(const std::vector<double>& values)>;

// Lanczos with restarts (Spectra) for the k largest, k <= size / 8; method "spectra".
// Checks residuals, orthogonality and that no eigenvalue was passed over; NotImplemented
// when a check fails, and another method must do it.
Result<Eigenpairs> SpectraEigen(const SymmetricMatrix& matrix, int64_t k);

// All eigenvalues, and vectors as chosen, by LAPACK: tridiagonal form, then MRRR; method
// "lapack". Takes size^2 * 8 bytes.
Result<Eigenpairs> LapackEigen(const SymmetricMatrix& matrix, const ChooseCount& choose);

// All eigenvalues, and vectors as chosen, of a matrix of rank `max_rank` at most, by a
// pivoted Cholesky factor and its singular values; method "low_rank". Takes size *
// max_rank * 8 bytes.
Result<Eigenpairs> LowRankEigen(const SymmetricMatrix& matrix, int64_t max_rank,
                                const ChooseCount& choose);

// Likewise of A = L L^T; `factor`: L, size x rank by columns, rank <= size. No method is
// named.
Result<Eigenpairs> FactorEigen(AlignedVector factor, int64_t size, int64_t rank,
                               const ChooseCount& choose);

}  // namespace pomona::stats::internal
