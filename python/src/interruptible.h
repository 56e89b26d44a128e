// SPDX-License-Identifier: Apache-2.0
// Long work under Python: its events reach a function, and Ctrl-C ends it.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>

#include <nanobind/nanobind.h>

#include "pomona/base/event.h"

namespace pomona::python {

// Hands events to a Python function, as JSON lines; the first exception of it stops the
// run.
class CallbackSink : public EventSink {
 public:
  CallbackSink(nanobind::object function, std::stop_source stop);
  void Emit(const Event& event) override;
  // Raises what the function raised. Needs the GIL.
  void Rethrow();

 private:
  nanobind::object function_;
  std::stop_source stop_;
  std::unique_ptr<nanobind::python_error> error_;
};

// Runs `work` on a thread of its own while this one looks for Python signals: Ctrl-C asks
// `stop` and is raised once the work has ended. GIL held by the caller, not by the work.
void RunInterruptible(std::stop_source stop, const std::function<void()>& work);

}  // namespace pomona::python
