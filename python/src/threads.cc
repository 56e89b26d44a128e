// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>

#include <tbb/global_control.h>

#include "bind.h"
#include "errors.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace pomona::python {
namespace {

struct ThreadLimit {
  std::optional<tbb::global_control> control;
};

}  // namespace

void BindThreads(nb::module_& m) {
  nb::class_<ThreadLimit>(
      m, "ThreadLimit",
      "While it lives, sums, fits and networks of this process use so many threads.")
      .def(
          "__init__",
          [](ThreadLimit* self, int threads) {
            if (threads < 1) Raise(Status::Invalid("threads must be 1 or more"));
            new (self) ThreadLimit();
            self->control.emplace(tbb::global_control::max_allowed_parallelism,
                                  static_cast<size_t>(threads));
          },
          "threads"_a);
}

}  // namespace pomona::python
