// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/export/output.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <system_error>
#include <utility>

#include "pomona/store/local_store.h"
#include "pomona/store/places.h"
#include "pomona/store/s3/location.h"

namespace pomona::job {
namespace {

namespace fs = std::filesystem;

// In a folder on S3 that is being written; Spark passes over such names.
constexpr char kBegun[] = "_begun";

// "out/", "out/." and "out" are one place.
Result<fs::path> LocalPlace(const std::string& destination) {
  if (destination.empty()) return Status::Invalid("the destination is empty");
  if (destination.find("://") != std::string::npos) {
    return Status::NotImplemented(destination,
                                  ": exports are written to paths and s3:// addresses",
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

Status Taken(const std::string& place) {
  return Status::AlreadyExists(
      place, " is there already",
      "\nhint: name another place by --out, or give --overwrite");
}

Status RenameTo(const std::string& from, const std::string& to) {
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

Status NotWhatWouldBeWritten(const std::string& place, const std::string& mark) {
  return Status::AlreadyExists(place, " is not what would be written there (it has no ",
                               mark, "), so it is not replaced",
                               "\nhint: name another folder by --out");
}

// "s3://b/dir/x.onnx?options": the store of s3://b/dir, with the same options.
Result<FilePlace> OpenObjectPlace(const std::string& destination, bool overwrite) {
  ARROW_ASSIGN_OR_RAISE(const auto folder, store::SplitS3Name(destination));
  FilePlace out;
  out.name = folder.second;
  ARROW_ASSIGN_OR_RAISE(out.store, store::OpenByteStore(folder.first));
  ARROW_ASSIGN_OR_RAISE(const auto inside, out.store->List(out.name));
  if (!inside.empty()) {
    return Status::AlreadyExists(destination, " is a folder (it holds ",
                                 inside.front().path, ")",
                                 "\nhint: name a file in it by --out");
  }
  ARROW_ASSIGN_OR_RAISE(const bool taken, out.store->Exists(out.name));
  if (taken && !overwrite) return Taken(destination);
  return out;
}

}  // namespace

Result<FilePlace> OpenFilePlace(const std::string& destination, bool overwrite) {
  if (store::s3::IsS3(destination)) return OpenObjectPlace(destination, overwrite);
  ARROW_ASSIGN_OR_RAISE(const fs::path place, LocalPlace(destination));
  std::error_code ignored;
  if (fs::is_directory(place, ignored)) {
    return Status::AlreadyExists(place.string(), " is a folder",
                                 "\nhint: name a file in it by --out");
  }
  if (fs::exists(place, ignored) && !overwrite) return Taken(place.string());
  FilePlace out;
  ARROW_ASSIGN_OR_RAISE(out.store, store::OpenByteStore(Parent(place)));
  out.name = place.filename().string();
  return out;
}

Result<std::unique_ptr<FolderOutput>> FolderOutput::Create(const std::string& destination,
                                                           const std::string& mark,
                                                           bool overwrite) {
  if (store::s3::IsS3(destination)) return CreateRemote(destination, mark, overwrite);
  ARROW_ASSIGN_OR_RAISE(const fs::path place, LocalPlace(destination));
  std::error_code ignored;
  if (fs::exists(place, ignored) && !fs::is_empty(place, ignored)) {
    if (!overwrite) return Taken(place.string());
    if (!fs::exists(place / mark, ignored)) {
      return NotWhatWouldBeWritten(place.string(), mark);
    }
  }
  std::unique_ptr<FolderOutput> out(new FolderOutput());
  out->mark_ = mark;
  out->target_ = place.string();
  out->scratch_ = BesideName(place);
  ARROW_ASSIGN_OR_RAISE(out->store_, store::OpenByteStore(out->scratch_));
  return out;
}

Result<std::unique_ptr<FolderOutput>> FolderOutput::CreateRemote(
    const std::string& destination, const std::string& mark, bool overwrite) {
  std::unique_ptr<FolderOutput> out(new FolderOutput());
  out->mark_ = mark;
  ARROW_ASSIGN_OR_RAISE(out->store_, store::OpenByteStore(destination));
  ARROW_ASSIGN_OR_RAISE(const auto there, out->store_->List(""));
  if (there.empty()) {
    ARROW_RETURN_NOT_OK(out->Begin());
    return out;
  }
  const auto holds = [&](const std::string& name) {
    return std::any_of(there.begin(), there.end(),
                       [&](const auto& file) { return file.path == name; });
  };
  const bool half = holds(kBegun) && !holds(mark);  // by a kill
  if (!overwrite && !half) return Taken(destination);
  if (!holds(mark) && !half) return NotWhatWouldBeWritten(destination, mark);
  ARROW_RETURN_NOT_OK(out->Begin());
  ARROW_RETURN_NOT_OK(out->store_->Delete(mark));
  for (const auto& file : there) {
    if (file.path != kBegun) ARROW_RETURN_NOT_OK(out->store_->Delete(file.path));
  }
  return out;
}

// Tells the next call that what is here is half an export.
Status FolderOutput::Begin() {
  ARROW_RETURN_NOT_OK(store_->Put(kBegun, ""));
  begun_ = true;
  return Status::OK();
}

FolderOutput::~FolderOutput() {
  std::error_code ignored;
  if (!scratch_.empty()) fs::remove_all(scratch_, ignored);
  if (begun_) static_cast<void>(store_->DeleteTree(""));
}

Status FolderOutput::Commit(const std::string& mark_bytes) {
  ARROW_RETURN_NOT_OK(store_->Put(mark_, mark_bytes));
  if (!target_.empty()) return Rename();
  begun_ = false;
  return store_->Delete(kBegun);
}

Status FolderOutput::Rename() {
  std::error_code ignored;
  // Two renames: a kill between them leaves the old folder under its hidden name.
  const std::string old = BesideName(target_);
  const bool replaces = fs::exists(target_, ignored);
  if (replaces) ARROW_RETURN_NOT_OK(RenameTo(target_, old));
  Status renamed = RenameTo(scratch_, target_);
  if (!renamed.ok()) {
    if (replaces) static_cast<void>(RenameTo(old, target_));
    return renamed;
  }
  scratch_.clear();
  if (replaces) fs::remove_all(old, ignored);
  return Status::OK();
}

}  // namespace pomona::job
