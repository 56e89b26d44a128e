// SPDX-License-Identifier: Apache-2.0
// Vectors of doubles as numpy arrays that own them.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <nanobind/ndarray.h>

namespace pomona::python {

using DoubleArray = nanobind::ndarray<nanobind::numpy, double>;

inline DoubleArray ToArray(std::vector<double> values,
                           const std::vector<int64_t>& shape) {
  auto* held = new std::vector<double>(std::move(values));
  nanobind::capsule owner(
      held, [](void* p) noexcept { delete static_cast<std::vector<double>*>(p); });
  const std::vector<size_t> sides(shape.begin(), shape.end());
  return DoubleArray(held->data(), sides.size(), sides.data(), owner);
}

}  // namespace pomona::python
