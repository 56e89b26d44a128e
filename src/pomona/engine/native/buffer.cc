// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/native/buffer.h"

#include <sys/mman.h>

namespace pomona::engine::native {

void Buffer::Unmap::operator()(float* data) const {
  munmap(data, static_cast<size_t>(bytes));
}

Result<Buffer> Buffer::Make(int64_t floats) {
  Buffer buffer;
  if (floats == 0) return buffer;
  const int64_t bytes = floats * static_cast<int64_t>(sizeof(float));
  void* data = mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) {
    return Status::OutOfMemory("the native engine needs ", bytes >> 20, " MB more");
  }
  // A pass streams through hundreds of megabytes of weights: small pages would miss the
  // TLB all the time. A refusal only costs speed.
  madvise(data, static_cast<size_t>(bytes), MADV_HUGEPAGE);
  buffer.data_ = {static_cast<float*>(data), Unmap{bytes}};
  buffer.size_ = floats;
  return buffer;
}

}  // namespace pomona::engine::native
