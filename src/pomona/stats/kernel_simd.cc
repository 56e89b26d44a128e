// SPDX-License-Identifier: Apache-2.0
// The kernels in the compiler's vector types, one width for each instruction set. The
// width changes neither the order nor the rounding of any sum.
#include <array>
#include <cstring>
#include <utility>

#include "pomona/stats/kernel.h"

namespace pomona::stats::internal {
namespace {

#define POMONA_INLINE [[gnu::always_inline]] inline

// A vector of `bytes`, as a type of the panel (aligned) or of any place.
template <int bytes>
struct Lanes {
  typedef double Vec __attribute__((vector_size(bytes), aligned(bytes), may_alias));
  typedef double Loose __attribute__((vector_size(bytes), aligned(8), may_alias));
  static constexpr int64_t kCount = bytes / 8;
};

// Running sums kept in registers at once: `sums` of the panel's vectors from `v`.
template <int bytes, int64_t... s>
POMONA_INLINE void CombineList(const double* panel, const SparseLists& lists, int64_t i,
                               double* out, std::integer_sequence<int64_t, s...>) {
  using Vec = typename Lanes<bytes>::Vec;
  Vec acc[sizeof...(s)] = {};
  const int64_t end = lists.start[i + 1];
  for (int64_t t = lists.start[i]; t < end; ++t) {
    const Vec* row = reinterpret_cast<const Vec*>(panel + lists.index[t] * kPanel);
    const double value = lists.value[t];
    ((acc[s] += value * row[s]), ...);
  }
  ((reinterpret_cast<Vec*>(out)[s] = acc[s]), ...);
}

template <int bytes>
POMONA_INLINE void CombineListsBody(const double* panel, const SparseLists& lists,
                                    int64_t first, int64_t last, double* out) {
  constexpr int64_t kAll = kPanel / Lanes<bytes>::kCount;
  constexpr int64_t kSums = kAll < 8 ? kAll : 8;
  for (int64_t i = first; i < last; ++i, out += kPanel) {
    for (int64_t v = 0; v < kAll; v += kSums) {
      const int64_t c = v * Lanes<bytes>::kCount;
      CombineList<bytes>(panel + c, lists, i, out + c,
                         std::make_integer_sequence<int64_t, kSums>{});
    }
  }
}

// kGroup columns by two vectors at a time: 8 sums hide the latency of an addition.
template <int bytes>
POMONA_INLINE void CombineDenseBody(const double* panel, const double* left,
                                    int64_t column, int64_t rows, double* out) {
  using Vec = typename Lanes<bytes>::Vec;
  constexpr int64_t kAll = kPanel / Lanes<bytes>::kCount;
  for (int64_t v = 0; v < kAll; v += 2) {
    Vec a0 = {}, a1 = {}, b0 = {}, b1 = {}, c0 = {}, c1 = {}, d0 = {}, d1 = {};
    for (int64_t r = 0; r < rows; ++r) {
      const Vec* row = reinterpret_cast<const Vec*>(panel + r * kPanel) + v;
      const double* values = left + r * kPanel + column;
      const Vec x0 = row[0], x1 = row[1];
      a0 += values[0] * x0, a1 += values[0] * x1;
      b0 += values[1] * x0, b1 += values[1] * x1;
      c0 += values[2] * x0, c1 += values[2] * x1;
      d0 += values[3] * x0, d1 += values[3] * x1;
    }
    Vec* to = reinterpret_cast<Vec*>(out) + v;
    to[0 * kAll] = a0, to[0 * kAll + 1] = a1;
    to[1 * kAll] = b0, to[1 * kAll + 1] = b1;
    to[2 * kAll] = c0, to[2 * kAll + 1] = c1;
    to[3 * kAll] = d0, to[3 * kAll + 1] = d1;
  }
}
static_assert(kGroup == 4);

template <int bytes>
POMONA_INLINE void AddProductsBody(const double* products, double a, const double* u,
                                   double b, const double* v, int64_t n, double* to) {
  using Loose = typename Lanes<bytes>::Loose;
  constexpr int64_t kCount = Lanes<bytes>::kCount;
  int64_t c = 0;
  for (; c + kCount <= n; c += kCount) {
    const Loose p = *reinterpret_cast<const Loose*>(products + c);
    const Loose uc = *reinterpret_cast<const Loose*>(u + c);
    const Loose vc = *reinterpret_cast<const Loose*>(v + c);
    *reinterpret_cast<Loose*>(to + c) += (p - a * uc) + b * vc;
  }
  for (; c < n; ++c) to[c] += (products[c] - a * u[c]) + b * v[c];
}

template <int bytes, int64_t... s>
POMONA_INLINE double SymvRow(const double* row, int64_t i, const double* x, double* y,
                             std::integer_sequence<int64_t, s...>) {
  using Loose = typename Lanes<bytes>::Loose;
  const double xi = x[i];
  Loose acc[sizeof...(s)] = {};
  int64_t j = 0;
  for (; j + 8 <= i; j += 8) {
    const Loose* a = reinterpret_cast<const Loose*>(row + j);
    const Loose* xj = reinterpret_cast<const Loose*>(x + j);
    Loose* yj = reinterpret_cast<Loose*>(y + j);
    ((acc[s] += a[s] * xj[s], yj[s] += a[s] * xi), ...);
  }
  std::array<double, 8> sum;
  std::memcpy(sum.data(), acc, sizeof(acc));
  for (int width = 4; width > 0; width /= 2) {
    for (int l = 0; l < width; ++l) sum[l] += sum[l + width];
  }
  for (; j < i; ++j) {
    sum[0] += row[j] * x[j];
    y[j] += row[j] * xi;
  }
  return sum[0] + row[i] * xi;
}

template <int bytes>
POMONA_INLINE void SymvRowsBody(const double* a, int64_t first, int64_t last,
                                const double* x, double* y) {
  for (int64_t i = first; i < last; ++i) {
    y[i] += SymvRow<bytes>(a + i * (i + 1) / 2, i, x, y,
                           std::make_integer_sequence<int64_t, 64 / bytes>{});
  }
}

// The functions for one instruction set.
#define POMONA_KERNELS(suffix, bytes, attribute)                                         \
  attribute void CombineLists##suffix(const double* panel, const SparseLists& lists,     \
                                      int64_t first, int64_t last, double* out) {        \
    CombineListsBody<bytes>(panel, lists, first, last, out);                             \
  }                                                                                      \
  attribute void CombineDense##suffix(const double* panel, const double* left,           \
                                      int64_t column, int64_t rows, double* out) {       \
    CombineDenseBody<bytes>(panel, left, column, rows, out);                             \
  }                                                                                      \
  attribute void AddProducts##suffix(const double* products, double a, const double* u,  \
                                     double b, const double* v, int64_t n, double* to) { \
    AddProductsBody<bytes>(products, a, u, b, v, n, to);                                 \
  }                                                                                      \
  attribute void SymvRows##suffix(const double* a, int64_t first, int64_t last,          \
                                  const double* x, double* y) {                          \
    SymvRowsBody<bytes>(a, first, last, x, y);                                           \
  }

POMONA_KERNELS(Portable, 16, )
#if defined(__x86_64__)
POMONA_KERNELS(Avx2, 32, __attribute__((target("avx2"))))
POMONA_KERNELS(Avx512, 64, __attribute__((target("avx512f"))))
#endif

const std::array kKernels = {
#if defined(__x86_64__)
    Kernels{"avx512", Isa::kAvx512, CombineListsAvx512, CombineDenseAvx512,
            AddProductsAvx512, SymvRowsAvx512},
    Kernels{"avx2", Isa::kAvx2, CombineListsAvx2, CombineDenseAvx2, AddProductsAvx2,
            SymvRowsAvx2},
#endif
    Kernels{"portable", Isa::kPortable, CombineListsPortable, CombineDensePortable,
            AddProductsPortable, SymvRowsPortable},
};

}  // namespace

std::span<const Kernels> AllKernels() { return kKernels; }

const Kernels& BestKernels() {
  static const Kernels& best = []() -> const Kernels& {
    const Isa isa = DetectCpu().isa;
    for (const Kernels& k : kKernels) {
      if (isa >= k.isa) return k;
    }
    return kReferenceKernels;
  }();
  return best;
}

}  // namespace pomona::stats::internal
