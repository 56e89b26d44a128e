// SPDX-License-Identifier: Apache-2.0
// A few steps of the HDF5 C library with handles that close themselves, and its error
// texts as Status instead of on stderr. Inside model/. HDF5 files are trusted
// (docs/formats.md). One thread at a time may be in the library: hold Hdf5Lock.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "pomona/base/status.h"

namespace pomona::model {

// Serialises use of the library (Debian's build is not thread-safe) and silences its
// printing while it lives.
class Hdf5Lock {
 public:
  Hdf5Lock();
  ~Hdf5Lock();
  Hdf5Lock(const Hdf5Lock&) = delete;
  Hdf5Lock& operator=(const Hdf5Lock&) = delete;

 private:
  std::unique_lock<std::mutex> lock_;
  void* printer_ = nullptr;  // the handler that was set before, and its argument
  void* argument_ = nullptr;
};

class Hdf5File {
 public:
  static Result<Hdf5File> Open(const std::string& path);
  ~Hdf5File();
  Hdf5File(Hdf5File&& other) noexcept;
  Hdf5File& operator=(Hdf5File&&) = delete;

  // Full path inside the file, '/' at its head.
  bool Exists(const std::string& path) const;
  // Names in a group, sorted; empty where there is no group.
  std::vector<std::string> List(const std::string& group) const;
  // An attribute that is a list of texts (fixed or variable length). KeyError when the
  // object has no such attribute.
  Result<std::vector<std::string>> Texts(const std::string& object,
                                         const std::string& attribute) const;
  Result<std::vector<int64_t>> Shape(const std::string& dataset) const;
  Result<std::vector<float>> ReadFloats(const std::string& dataset) const;

 private:
  explicit Hdf5File(int64_t id) : id_(id) {}
  int64_t id_ = -1;
};

}  // namespace pomona::model
