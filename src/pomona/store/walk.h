// SPDX-License-Identifier: Apache-2.0
// A walk through a folder tree in the order of the paths' bytes.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "pomona/base/status.h"

namespace pomona::store {

struct WalkedFile {
  std::string_view path;      // relative to the root, UTF-8, foreign bytes as \xNN
  std::string_view raw_path;  // as the file system has it
  std::string_view name;      // the last part of `path`
  bool valid_name = true;
  bool found = true;  // false: a dangling link, or gone since its folder was read
  struct stat info{};
};

struct WalkOptions {
  std::string after;         // visit only files with a greater path; "" is all
  bool skip_hidden = false;  // names that begin with a dot, files and folders
  // Called for what is passed over: "hidden", "symlink loop", "special file".
  std::function<void(std::string_view reason)> skipped = [](std::string_view) {};
};

// Visits every regular file below `root` (links followed), and dangling links. Folders
// sort as their name + '/', so that the paths come in byte order. Memory: the names of
// the folders on the way to the current file. Errors: a folder that cannot be read, named
// with the remedy; what `visit` returns.
Status WalkTree(const std::string& root, const WalkOptions& options,
                const std::function<Status(const WalkedFile&)>& visit);

}  // namespace pomona::store
