// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/export/output.h"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <system_error>
#include <utility>

#include "pomona/store/local_store.h"

namespace pomona::job {
namespace {

namespace fs = std::filesystem;

// "out/", "out/." and "out" are one place.
Result<fs::path> LocalPlace(const std::string& destination) {
  if (destination.empty()) return Status::Invalid("the destination is empty");
  if (destination.find("://") != std::string::npos) {
    return Status::NotImplemented(destination, ": exports are written to local places",
                                  "\nhint: export to a folder and copy it there");
  }
  fs::path place = fs::path(destination).lexically_normal();
  if (!place.has_filename()) place = place.parent_path();
  if (!place.has_filename() || place == "." || place == "..") {
    return Status::Invalid(destination, " is no name for a new file or folder");
  }
  return place;
}

std::string Parent(const fs::path& place) {
  return place.has_parent_path() ? place.parent_path().string() : ".";
}

Status Taken(const fs::path& place) {
  return Status::AlreadyExists(
      place.string(), " is there already",
      "\nhint: name another place by --out, or give --overwrite");
}

Status Rename(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (!error) return Status::OK();
  return Status::IOError("cannot put '", to, "' in place: ", error.message());
}

// A name beside `place` that nothing has: of this process and this call.
std::string BesideName(const fs::path& place) {
  static std::atomic<int64_t> calls = 0;
  const std::string name =
      store::TemporaryName(place.filename().string(), getpid(), ++calls);
  return (place.parent_path() / name).string();
}

}  // namespace

Result<FilePlace> OpenFilePlace(const std::string& destination, bool overwrite) {
  ARROW_ASSIGN_OR_RAISE(const fs::path place, LocalPlace(destination));
  std::error_code ignored;
  if (fs::is_directory(place, ignored)) {
    return Status::AlreadyExists(place.string(), " is a folder",
                                 "\nhint: name a file in it by --out");
  }
  if (fs::exists(place, ignored) && !overwrite) return Taken(place);
  FilePlace out;
  ARROW_ASSIGN_OR_RAISE(out.store, store::OpenByteStore(Parent(place)));
  out.name = place.filename().string();
  return out;
}

Result<std::unique_ptr<FolderOutput>> FolderOutput::Create(const std::string& destination,
                                                           const std::string& mark,
                                                           bool overwrite) {
  ARROW_ASSIGN_OR_RAISE(const fs::path place, LocalPlace(destination));
  std::error_code ignored;
  if (fs::exists(place, ignored) && !fs::is_empty(place, ignored)) {
    if (!overwrite) return Taken(place);
    if (!fs::exists(place / mark, ignored)) {
      return Status::AlreadyExists(
          place.string(), " is not what would be written there (it has no ", mark,
          "), so it is not replaced", "\nhint: name another folder by --out");
    }
  }
  std::unique_ptr<FolderOutput> out(new FolderOutput());
  out->target_ = place.string();
  out->scratch_ = BesideName(place);
  ARROW_ASSIGN_OR_RAISE(out->store_, store::OpenByteStore(out->scratch_));
  return out;
}

FolderOutput::~FolderOutput() {
  std::error_code ignored;
  if (!scratch_.empty()) fs::remove_all(scratch_, ignored);
}

Status FolderOutput::Commit() {
  std::error_code ignored;
  // Two renames: a kill between them leaves the old folder under its hidden name.
  const std::string old = BesideName(target_);
  const bool replaces = fs::exists(target_, ignored);
  if (replaces) ARROW_RETURN_NOT_OK(Rename(target_, old));
  Status renamed = Rename(scratch_, target_);
  if (!renamed.ok()) {
    if (replaces) static_cast<void>(Rename(old, target_));
    return renamed;
  }
  scratch_.clear();
  if (replaces) fs::remove_all(old, ignored);
  return Status::OK();
}

}  // namespace pomona::job
