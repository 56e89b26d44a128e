// SPDX-License-Identifier: Apache-2.0
// Small wrappers over POSIX files for this folder: descriptors that close themselves,
// errors in words with a remedy.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <arrow/type_fwd.h>

#include "pomona/base/status.h"

namespace pomona::store {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  ~UniqueFd() { Reset(); }
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      Reset();
      fd_ = other.Release();
    }
    return *this;
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int Release() {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void Reset();

 private:
  int fd_ = -1;
};

// `path` for a message: in single quotes, control characters and foreign bytes as \xNN.
std::string Quoted(std::string_view path);

// Why a system call failed: "cannot ACTION 'PATH': REASON; REMEDY". A full disk is an
// IOError that says what to free; a missing file is a KeyError; the rest IOError.
Status ErrnoStatus(std::string_view action, std::string_view path, int error);

// Reads `size` bytes at `offset`; a shorter buffer when the file ends before.
Result<std::shared_ptr<arrow::Buffer>> ReadAt(int fd, int64_t offset, int64_t size,
                                              std::string_view path);

// Opens a regular file for reading; never waits on a pipe. A folder or a device is an
// IOError.
Result<UniqueFd> OpenForRead(const std::string& path);

int64_t MtimeNs(const struct stat& info);

}  // namespace pomona::store
