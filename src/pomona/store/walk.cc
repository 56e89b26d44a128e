// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "pomona/store/posix.h"
#include "pomona/store/utf8.h"

namespace pomona::store {
namespace {

// The names of one folder in one block of memory, sorted; folders end in '/'.
class Names {
 public:
  void Add(std::string_view raw, bool folder) {
    const bool valid = IsUtf8(raw);
    const std::string escaped = valid ? std::string() : EscapeInvalidUtf8(raw);
    const std::string_view name = valid ? raw : std::string_view(escaped);
    const Span span{bytes_.size(), static_cast<uint32_t>(name.size() + (folder ? 1 : 0)),
                    valid};
    bytes_ += name;
    if (folder) bytes_ += '/';
    if (!valid) raw_.emplace(span.begin, raw);
    spans_.push_back(span);
  }
  void Sort() {
    std::sort(spans_.begin(), spans_.end(), [&](const Span& a, const Span& b) {
      const int order = View(a).compare(View(b));
      return order != 0 ? order < 0 : a.valid > b.valid;
    });
  }
  size_t size() const { return spans_.size(); }
  std::string_view name(size_t i) const {  // without the '/'
    auto view = View(spans_[i]);
    if (view.back() == '/') view.remove_suffix(1);
    return view;
  }
  bool folder(size_t i) const { return View(spans_[i]).back() == '/'; }
  bool valid(size_t i) const { return spans_[i].valid; }
  std::string_view raw(size_t i) const {
    return valid(i) ? name(i) : std::string_view(raw_.at(spans_[i].begin));
  }

 private:
  struct Span {
    size_t begin;
    uint32_t size;
    bool valid;
  };
  std::string_view View(const Span& s) const {
    return std::string_view(bytes_).substr(s.begin, s.size);
  }
  std::string bytes_;
  std::vector<Span> spans_;
  std::map<size_t, std::string> raw_;  // of names that are not UTF-8
};

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};

class Walk {
 public:
  Walk(std::string root, const WalkOptions& options,
       const std::function<Status(const WalkedFile&)>& visit)
      : root_(std::move(root)), options_(options), visit_(visit) {}

  Status Run() {
    root_fd_ = UniqueFd(open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root_fd_.valid()) return ErrnoStatus("list folder", root_, errno);
    return Folder(true);
  }

 private:
  std::string Full(std::string_view relative) const {
    return relative.empty() ? root_ : root_ + "/" + std::string(relative);
  }
  Status NotListed(int error) const {
    return ErrnoStatus("list folder", Full(std::string_view(raw_path_)), error);
  }

  // Reads the current folder's names and descends. `valid`: so far all of the path is
  // UTF-8.
  Status Folder(bool valid) {
    Names names;
    ARROW_ASSIGN_OR_RAISE(bool entered, ReadNames(&names));
    if (!entered) return Status::OK();
    names.Sort();
    for (size_t i = 0; i < names.size(); ++i) {
      ARROW_RETURN_NOT_OK(Entry(names, i, valid && names.valid(i)));
    }
    ancestors_.pop_back();
    return Status::OK();
  }

  // False when the folder is one of its own ancestors.
  Result<bool> ReadNames(Names* names) {
    const char* path = raw_path_.empty() ? "." : raw_path_.c_str();
    UniqueFd fd(openat(root_fd_.get(), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) return NotListed(errno);
    struct stat info{};
    if (fstat(fd.get(), &info) != 0) return NotListed(errno);
    const std::pair<dev_t, ino_t> self{info.st_dev, info.st_ino};
    if (std::find(ancestors_.begin(), ancestors_.end(), self) != ancestors_.end()) {
      options_.skipped("symlink loop");
      return false;
    }
    std::unique_ptr<DIR, CloseDir> dir(fdopendir(fd.get()));
    if (dir == nullptr) return NotListed(errno);
    const int folder_fd = fd.Release();  // the DIR's now
    for (;;) {
      errno = 0;
      const dirent* entry = readdir(dir.get());
      if (entry == nullptr && errno != 0) return NotListed(errno);
      if (entry == nullptr) break;
      AddName(folder_fd, *entry, names);
    }
    ancestors_.push_back(self);
    return true;
  }

  void AddName(int folder_fd, const dirent& entry, Names* names) const {
    const std::string_view name = entry.d_name;
    if (name == "." || name == "..") return;
    if (options_.skip_hidden && name[0] == '.') return options_.skipped("hidden");
    bool folder = entry.d_type == DT_DIR;
    if (entry.d_type == DT_LNK || entry.d_type == DT_UNKNOWN) {
      struct stat info{};
      folder = fstatat(folder_fd, entry.d_name, &info, 0) == 0 && S_ISDIR(info.st_mode);
    }
    names->Add(name, folder);
  }

  Status Entry(const Names& names, size_t i, bool valid) {
    const size_t size = path_.size();
    const size_t raw_size = raw_path_.size();
    const std::string_view slash = path_.empty() ? "" : "/";
    path_.append(slash).append(names.name(i));
    raw_path_.append(slash).append(names.raw(i));
    Status status;
    if (names.folder(i)) {
      if (HoldsAny()) status = Folder(valid);
    } else if (options_.after.empty() || path_ > options_.after) {
      status = File(names.name(i), valid);
    }
    path_.resize(size);
    raw_path_.resize(raw_size);
    return status;
  }

  // Whether the current folder can hold a path greater than `after`.
  bool HoldsAny() const {
    const std::string_view after = options_.after;
    const std::string prefix = path_ + "/";
    return prefix > after || after.substr(0, prefix.size()) == prefix;
  }

  Status File(std::string_view name, bool valid) {
    WalkedFile file{path_, raw_path_, name, valid, true, {}};
    if (fstatat(root_fd_.get(), raw_path_.c_str(), &file.info, 0) != 0) {
      if (errno == ENAMETOOLONG) {
        return ErrnoStatus("look at", Full(std::string_view(raw_path_)), errno);
      }
      file.found = false;
      file.info = {};
    } else if (!S_ISREG(file.info.st_mode)) {
      options_.skipped("special file");
      return Status::OK();
    }
    return visit_(file);
  }

  std::string root_;
  const WalkOptions& options_;
  const std::function<Status(const WalkedFile&)>& visit_;
  UniqueFd root_fd_;
  std::string path_;
  std::string raw_path_;
  std::vector<std::pair<dev_t, ino_t>> ancestors_;
};

}  // namespace

Status WalkTree(const std::string& root, const WalkOptions& options,
                const std::function<Status(const WalkedFile&)>& visit) {
  return Walk(root, options, visit).Run();
}

}  // namespace pomona::store
