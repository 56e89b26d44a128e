// SPDX-License-Identifier: Apache-2.0
// Folders for tests, and leaving root's rights aside.
#pragma once

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace pomona {

// A new folder below TMPDIR, removed at the end.
class TempFolder {
 public:
  TempFolder() {
    path_ = (std::filesystem::temp_directory_path() / "pomona-test-XXXXXX").string();
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // Writes a file and the folders above it.
  void Write(const std::string& name, std::string_view bytes) const {
    const std::filesystem::path file = *this / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
  }

 private:
  std::string path_;
};

// What `work` says in a child process that is not root (root may do everything). The
// child may enter `folder`.
inline std::string AsAnotherUser(const std::string& folder,
                                 const std::function<std::string()>& work) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const uid_t nobody = 65534;
  const uid_t owner = getuid() == 0 ? nobody : getuid();
  if (getuid() == 0) {
    if (chown(folder.c_str(), owner, owner) != 0) return "no chown";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (lchown(entry.path().c_str(), owner, owner) != 0) return "no chown";
    }
  }
  const pid_t child = fork();
  if (child == 0) {
    if (getuid() == 0 && (setgid(owner) != 0 || setuid(owner) != 0)) _exit(2);
    const std::string said = work();
    const ssize_t n = write(ends[1], said.data(), said.size());
    _exit(n == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string said;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    said.append(buffer, static_cast<size_t>(n));
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return said;
}

}  // namespace pomona
