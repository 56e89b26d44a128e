// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/tar.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "pomona/store/posix.h"

namespace pomona::store {
namespace {

constexpr int64_t kBlock = 512;
constexpr int64_t kMaxExtra = 1 << 20;  // a long name, the pax records of one member

// A field of the header (POSIX.1-2017, pax, "ustar Interchange Format").
struct Field {
  size_t offset, size;
};
constexpr Field kName{0, 100}, kSize{124, 12}, kChecksum{148, 8}, kType{156, 1},
    kMagic{257, 5}, kPrefix{345, 155};

std::string_view Raw(std::string_view header, Field field) {
  return header.substr(field.offset, field.size);
}

std::string_view Text(std::string_view header, Field field) {
  const auto raw = Raw(header, field);
  return raw.substr(0, std::min(raw.find('\0'), raw.size()));
}

// Octal digits between blanks, or GNU's base 256 (first bit set). nullopt: neither, or
// more than 2^62.
std::optional<int64_t> Number(std::string_view field) {
  constexpr int64_t kLimit = int64_t{1} << 62;
  int64_t value = 0;
  if ((static_cast<uint8_t>(field[0]) & 0x80) != 0) {
    if (static_cast<uint8_t>(field[0]) != 0x80) return std::nullopt;
    for (char c : field.substr(1)) {
      if (value >= kLimit / 256) return std::nullopt;
      value = value * 256 + static_cast<uint8_t>(c);
    }
    return value;
  }
  const std::string_view blank(" \0", 2);
  const size_t begin = std::min(field.find_first_not_of(blank), field.size());
  const size_t end = std::min(field.find_first_of(blank, begin), field.size());
  for (char c : field.substr(begin, end - begin)) {
    if (c < '0' || c > '7' || value >= kLimit / 8) return std::nullopt;
    value = value * 8 + (c - '0');
  }
  return value;
}

bool ChecksumHolds(std::string_view header) {
  const auto wanted = Number(Raw(header, kChecksum));
  int64_t as_unsigned = 0;
  int64_t as_signed = 0;  // old tars summed signed chars
  for (size_t i = 0; i < header.size(); ++i) {
    const bool blank = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.size;
    const char c = blank ? ' ' : header[i];
    as_unsigned += static_cast<uint8_t>(c);
    as_signed += static_cast<int8_t>(c);
  }
  return wanted == as_unsigned || wanted == as_signed;
}

// What extended headers say about the next member.
struct Extra {
  std::optional<std::string> name;
  std::optional<int64_t> size;
  bool sparse = false;
};

// Records "LENGTH KEY=VALUE\n". False when they are malformed.
bool ParsePax(std::string_view records, Extra* extra) {
  while (!records.empty() && records[0] != '\0') {
    size_t length = 0;
    size_t digits = 0;
    for (; digits < records.size() && records[digits] >= '0' && records[digits] <= '9';
         ++digits) {
      length = length * 10 + static_cast<size_t>(records[digits] - '0');
      if (length > records.size()) return false;
    }
    if (digits == 0 || length < digits + 3 || records[digits] != ' ' ||
        records[length - 1] != '\n') {
      return false;
    }
    const auto record = records.substr(digits + 1, length - digits - 2);
    const size_t equals = record.find('=');
    if (equals == std::string_view::npos) return false;
    const auto key = record.substr(0, equals);
    const auto value = record.substr(equals + 1);
    if (key == "path") extra->name = value;
    if (key.starts_with("GNU.sparse.")) extra->sparse = true;
    if (key == "size") {
      int64_t size = 0;
      for (char c : value) {
        if (c < '0' || c > '9' || size > (int64_t{1} << 58)) return false;
        size = size * 10 + (c - '0');
      }
      extra->size = size;
    }
    records.remove_prefix(length);
  }
  return true;
}

TarType TypeOf(char flag, std::string_view name) {
  switch (flag) {
    case '0':
    case '\0':
    case '7':
      return name.ends_with('/') ? TarType::kFolder : TarType::kFile;
    case '5':
      return TarType::kFolder;
    case '1':
    case '2':
      return TarType::kLink;
    default:
      return TarType::kOther;
  }
}

class Scanner {
 public:
  Scanner(const std::shared_ptr<SourceFile>& archive,
          const std::function<Status(const TarMember&)>& visit)
      : path_(archive->name()),
        file_size_(archive->size()),
        visit_(visit),
        reader_(archive) {}

  Status Run() {
    for (bool more = true; more;) {
      ARROW_ASSIGN_OR_RAISE(more, Next());
    }
    return Status::OK();
  }

 private:
  Status Damaged(const std::string& why) const {
    return Status::Invalid("tar archive ", Quoted(path_), ": ", why, " (byte ", position_,
                           last_.empty() ? "" : ", after member " + Quoted(last_),
                           "); copy or make it again");
  }

  Result<std::string> ReadExactly(int64_t offset, int64_t size) {
    ARROW_ASSIGN_OR_RAISE(std::string bytes, reader_.Read(offset, size));
    if (static_cast<int64_t>(bytes.size()) < size) return Damaged("it is cut short");
    return bytes;
  }

  // One header with what belongs to it; false at the end marker.
  Result<bool> Next() {
    if (position_ + kBlock > file_size_) {
      return Damaged("it is cut short: the end marker is missing");
    }
    ARROW_ASSIGN_OR_RAISE(const std::string header, ReadExactly(position_, kBlock));
    if (header.find_first_not_of('\0') == std::string::npos) return false;
    if (!ChecksumHolds(header)) {
      return Damaged(position_ == 0 ? "it is no tar archive" : "a damaged header");
    }
    const char type = Raw(header, kType)[0];
    const bool own_size = type != 'x' && type != 'g' && type != 'L' && type != 'K';
    auto size = Number(Raw(header, kSize));
    if (own_size && extra_.size) size = extra_.size;
    const int64_t data = position_ + kBlock;
    if (!size) return Damaged("a size that is no number");
    // Links and folders may state a size; they have no data.
    const bool empty = type == '1' || type == '2' || type == '5';
    const int64_t stored = empty ? 0 : *size;
    if (stored > file_size_ - data) {
      return Damaged("it is cut short: a member of " + std::to_string(stored) +
                     " bytes has " + std::to_string(file_size_ - data));
    }
    if (own_size) {
      ARROW_RETURN_NOT_OK(Member(header, type, data, stored));
    } else {
      ARROW_RETURN_NOT_OK(Extended(type, data, stored));
    }
    position_ = data + (stored + kBlock - 1) / kBlock * kBlock;
    return true;
  }

  Status Extended(char type, int64_t data, int64_t size) {
    if (type == 'g' || type == 'K') return Status::OK();
    if (size > kMaxExtra) return Damaged("an extended header of over 1 MB");
    ARROW_ASSIGN_OR_RAISE(std::string bytes, ReadExactly(data, size));
    if (type == 'L') {
      extra_.name = bytes.substr(0, std::min(bytes.find('\0'), bytes.size()));
    } else if (!ParsePax(bytes, &extra_)) {
      return Damaged("a malformed pax header");
    }
    return Status::OK();
  }

  Status Member(std::string_view header, char type, int64_t data, int64_t size) {
    TarMember member;
    if (extra_.name) {
      member.name = *extra_.name;
    } else {
      // Only POSIX's own magic ("ustar\0") has a prefix; GNU keeps times there.
      const bool prefix = Raw(header, kMagic) == "ustar" && header[262] == '\0';
      if (prefix && !Text(header, kPrefix).empty()) {
        member.name = std::string(Text(header, kPrefix)) + "/";
      }
      member.name += Text(header, kName);
    }
    member.type = extra_.sparse ? TarType::kOther : TypeOf(type, member.name);
    member.offset = data;
    member.size = size;
    extra_ = {};
    last_ = member.name;
    return visit_(member);
  }

  const std::string path_;
  const int64_t file_size_;
  const std::function<Status(const TarMember&)>& visit_;
  AheadReader reader_;
  int64_t position_ = 0;
  Extra extra_;
  std::string last_;
};

}  // namespace

Status ScanTar(const std::shared_ptr<SourceFile>& archive,
               const std::function<Status(const TarMember&)>& visit) {
  return Scanner(archive, visit).Run();
}

}  // namespace pomona::store
