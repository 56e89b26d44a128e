// SPDX-License-Identifier: Apache-2.0
// Where an export goes: one file or one folder, there whole or not at all. Inside
// job/export/.
#pragma once

#include <memory>
#include <string>

#include "pomona/base/status.h"
#include "pomona/store/byte_store.h"

namespace pomona::job {

// The store of the folder that `destination` lies in, and its name there. Invalid for an
// s3:// address; AlreadyExists where something is there and may not be replaced: a
// folder never is by a file.
struct FilePlace {
  std::shared_ptr<store::ByteStore> store;
  std::string name;
};
Result<FilePlace> OpenFilePlace(const std::string& destination, bool overwrite);

// A folder that is made beside its place and renamed. Destroyed without Commit, it leaves
// nothing.
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

  store::ByteStore* store() { return store_.get(); }
  Status Commit();

 private:
  FolderOutput() = default;

  std::shared_ptr<store::ByteStore> store_;
  std::string target_;
  std::string scratch_;  // where the folder is while it is written; "" once committed
};

}  // namespace pomona::job
