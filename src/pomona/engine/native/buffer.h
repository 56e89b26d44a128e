// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "pomona/base/status.h"

namespace pomona::engine::native {

// Floats on 64-byte boundaries, zero at first, on large pages where Linux gives them.
class Buffer {
 public:
  Buffer() = default;
  static Result<Buffer> Make(int64_t floats);  // OutOfMemory
  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  int64_t size() const { return size_; }

 private:
  struct Unmap {
    int64_t bytes;
    void operator()(float* data) const;
  };
  std::unique_ptr<float, Unmap> data_{nullptr, Unmap{0}};
  int64_t size_ = 0;
};

}  // namespace pomona::engine::native
