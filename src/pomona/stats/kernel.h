// SPDX-License-Identifier: Apache-2.0
// The inner loops of stats: one table of kernels for each instruction set, all with the
// same bits. Every sum adds in the order written here, products and sums are rounded one
// by one (no fused multiply-add), and vectors have 8 lanes on every CPU; so a faster
// table never changes a result. kernel_reference.cc is the plain definition.
#pragma once

#include <cstdint>
#include <span>

#include "pomona/base/cpu.h"

namespace pomona::stats::internal {

// Columns of a panel: a matrix is kept as panels of `rows` x kPanel, row-major.
inline constexpr int64_t kPanel = 32;
// Columns that the dense kernel takes at once.
inline constexpr int64_t kGroup = 4;

// Lists of (index, value), one after the other: list i is [start[i], start[i + 1]).
struct SparseLists {
  const int64_t* start = nullptr;
  const uint16_t* index = nullptr;  // rising within a list
  const double* value = nullptr;
};

struct Kernels {
  const char* name;
  Isa isa;  // the least that it runs on

  // out[(i - first) * kPanel + c] = sum over list i of value * panel[index * kPanel + c],
  // i in [first, last). panel and out are 64-byte aligned.
  void (*combine_lists)(const double* panel, const SparseLists& lists, int64_t first,
                        int64_t last, double* out);
  // The same for the kGroup columns `column`.. of a panel `left` as dense lists of
  // `rows`.
  void (*combine_dense)(const double* panel, const double* left, int64_t column,
                        int64_t rows, double* out);
  // to[c] += (products[c] - a * u[c]) + b * v[c], c in [0, n).
  void (*add_products)(const double* products, double a, const double* u, double b,
                       const double* v, int64_t n, double* to);
  // y += A x for the rows [first, last) of a packed lower triangle and their mirror
  // images above the diagonal; a[i * (i + 1) / 2 + j], j <= i.
  void (*symv_rows)(const double* a, int64_t first, int64_t last, const double* x,
                    double* y);
};

// Fastest first; the last one runs anywhere. The reference is not among them.
std::span<const Kernels> AllKernels();
// The first table that this process's CPU runs (POMONA_MAX_ISA caps it).
const Kernels& BestKernels();

extern const Kernels kReferenceKernels;

}  // namespace pomona::stats::internal
