// SPDX-License-Identifier: Apache-2.0
// Where an export goes: one file or one folder, there whole or not at all. For what
// exports.
#pragma once

#include <memory>
#include <string>

#include "pomona/base/status.h"
#include "pomona/store/byte_store.h"

namespace pomona::job {

// The store of the folder or prefix that `destination` lies in, and its name there.
// AlreadyExists where something is there and may not be replaced: a folder never is by a
// file.
struct FilePlace {
  std::shared_ptr<store::ByteStore> store;
  std::string name;
};
Result<FilePlace> OpenFilePlace(const std::string& destination, bool overwrite);

// A folder that is made beside its place and renamed. Destroyed without Commit, it leaves
// nothing. S3 has no rename: there an old mark goes first and the new one comes last, so
// that no reader takes a half folder for a whole one.
class FolderOutput {
 public:
  // `mark`: a file that tells folders of this kind. A folder that is there is replaced
  // only when `overwrite` is given and the file is in it, or when it is empty.
  static Result<std::unique_ptr<FolderOutput>> Create(const std::string& destination,
                                                      const std::string& mark,
                                                      bool overwrite);
  ~FolderOutput();
  FolderOutput(const FolderOutput&) = delete;
  FolderOutput& operator=(const FolderOutput&) = delete;

  // Where all files are put but the mark.
  store::ByteStore* store() { return store_.get(); }
  // Puts the mark, which makes the folder one that readers take.
  Status Commit(const std::string& mark_bytes);

 private:
  FolderOutput() = default;
  static Result<std::unique_ptr<FolderOutput>> CreateRemote(
      const std::string& destination, const std::string& mark, bool overwrite);
  Status Begin();
  Status Rename();

  std::shared_ptr<store::ByteStore> store_;
  std::string mark_;
  bool begun_ = false;   // on S3, and not committed
  std::string target_;   // "" on S3
  std::string scratch_;  // where the folder is while it is written; "" once committed
};

}  // namespace pomona::job
