// SPDX-License-Identifier: Apache-2.0
#include "interruptible.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include <nanobind/stl/string.h>

namespace nb = nanobind;

namespace pomona::python {

CallbackSink::CallbackSink(nb::object function, std::stop_source stop)
    : function_(std::move(function)), stop_(std::move(stop)) {}

void CallbackSink::Emit(const Event& event) {
  const std::string line = ToJsonLine(event);
  nb::gil_scoped_acquire acquire;
  if (error_) return;
  try {
    function_(line);
  } catch (nb::python_error& error) {
    error_ = std::make_unique<nb::python_error>(std::move(error));
    stop_.request_stop();
  }
}

void CallbackSink::Rethrow() {
  if (!error_) return;
  nb::python_error error(std::move(*error_));
  error_.reset();
  throw error;
}

void RunInterruptible(std::stop_source stop, const std::function<void()>& work) {
  std::mutex mutex;
  std::condition_variable finished;
  bool done = false;
  bool interrupted = false;
  {
    nb::gil_scoped_release release;
    std::jthread worker([&] {
      work();
      std::lock_guard lock(mutex);
      done = true;
      finished.notify_one();
    });
    std::unique_lock lock(mutex);
    while (
        !finished.wait_for(lock, std::chrono::milliseconds(50), [&] { return done; })) {
      if (interrupted) continue;
      lock.unlock();
      {
        nb::gil_scoped_acquire acquire;
        interrupted = PyErr_CheckSignals() != 0;
        if (interrupted) PyErr_Clear();  // raised again when everything is on disk
      }
      if (interrupted) stop.request_stop();
      lock.lock();
    }
  }
  if (interrupted) {
    PyErr_SetNone(PyExc_KeyboardInterrupt);
    throw nb::python_error();
  }
}

}  // namespace pomona::python
