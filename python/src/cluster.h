// SPDX-License-Identifier: Apache-2.0
// Where the pieces of a run are computed, from Python.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <nanobind/nanobind.h>

#include "pomona/job/cluster.h"

namespace pomona::python {

// A Python object with `name` and
//   compute(work: str, spec: str, pieces: list[int],
//           done: Callable[[int, int, int, str, str], None],   piece, rows, rejects,
//           host, cpu stopped: Callable[[], bool]) -> None
// Made, destroyed and asked to Rethrow with the GIL.
class PythonCluster : public job::Cluster {
 public:
  explicit PythonCluster(nanobind::object object);
  std::string name() const override { return name_; }
  Status Compute(job::Work work, const job::TaskSpec& spec,
                 const std::vector<int64_t>& pieces, const Done& done,
                 std::stop_token stop) override;
  // Raises what `compute` raised, if that ended the run.
  void Rethrow();

 private:
  Status Call(job::Work work, const std::string& spec, const std::vector<int64_t>& pieces,
              const Done& done, const std::stop_token& stop);

  nanobind::object object_;
  std::string name_;
  std::unique_ptr<nanobind::python_error> error_;
};

}  // namespace pomona::python
