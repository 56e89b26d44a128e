// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace pomona::cli {

// A new folder in TMPDIR, removed with all that is in it at the end.
class ScratchFolder {
 public:
  // `what` is part of its name. path() is "" where none can be made.
  explicit ScratchFolder(const std::string& what)
      : path_(std::filesystem::temp_directory_path() / ("pomona-" + what + "-XXXXXX")) {
    if (mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty() && !keep_) std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  // It stays.
  void Keep() { keep_ = true; }

 private:
  std::string path_;
  bool keep_ = false;
};

}  // namespace pomona::cli
