// SPDX-License-Identifier: Apache-2.0
#include "pomona/stats/state_file.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

#include "pomona/base/hash.h"
#include "pomona/stats/moments.h"

namespace pomona::stats::internal {
namespace {

static_assert(std::endian::native == std::endian::little, "files are little-endian");

constexpr std::string_view kMagic = "POMOMENT";
constexpr uint32_t kVersion = 1;
constexpr uint64_t kMaxCount = uint64_t{1} << 48;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t form;
  uint64_t dim;
  uint64_t count;
  uint64_t payload_bytes;
};
static_assert(sizeof(Header) == 40);

constexpr size_t kDigestBytes = 64;
constexpr size_t kPayloadAt = sizeof(Header) + kDigestBytes;

std::string Digest(const Header& header, std::string_view payload) {
  Sha256 sha;
  sha.Update({reinterpret_cast<const char*>(&header), sizeof(header)});
  sha.Update(payload);
  return sha.HexDigest();
}

// The header of a whole and undamaged file.
Result<Header> ReadHeader(std::string_view file, int64_t max_dim) {
  if (!file.starts_with(kMagic)) {
    return Status::Invalid("not a file of moments (it does not start with ", kMagic, ")");
  }
  if (file.size() < kPayloadAt) {
    return Status::Invalid("moments: the file ends within its header (", file.size(),
                           " bytes)");
  }
  Header header;
  std::memcpy(&header, file.data(), sizeof(header));
  if (header.version != kVersion) {
    return Status::Invalid("moments: version ", header.version, " is not known (",
                           kVersion, " is); a newer Pomona wrote it");
  }
  if (header.payload_bytes != file.size() - kPayloadAt) {
    return Status::Invalid("moments: ", file.size() - kPayloadAt, " bytes of data, ",
                           header.payload_bytes,
                           " announced: the file is cut short or has a foreign tail");
  }
  const std::string_view payload = file.substr(kPayloadAt);
  if (Digest(header, payload) != file.substr(sizeof(header), kDigestBytes)) {
    return Status::Invalid(
        "moments: the checksum does not match: the file is damaged; delete it and "
        "resume the run, which computes it again");
  }
  const auto limit = static_cast<uint64_t>(std::clamp<int64_t>(max_dim, 0, kMaxDim));
  if (header.dim < 1 || header.dim > limit) {
    return Status::Invalid("moments: ", header.dim, " columns, 1 to ", limit,
                           " are allowed");
  }
  if (header.count > kMaxCount) {
    return Status::Invalid("moments: a count of ", header.count, " rows");
  }
  return header;
}

}  // namespace

std::string WriteStateFile(StateForm form, int64_t dim, int64_t count,
                           std::initializer_list<std::string_view> parts) {
  Header header{};
  std::memcpy(header.magic, kMagic.data(), kMagic.size());
  header.version = kVersion;
  header.form = static_cast<uint32_t>(form);
  header.dim = static_cast<uint64_t>(dim);
  header.count = static_cast<uint64_t>(count);
  for (const auto part : parts) header.payload_bytes += part.size();
  std::string file(kPayloadAt, '\0');
  file.reserve(kPayloadAt + header.payload_bytes);
  for (const auto part : parts) file += part;
  std::memcpy(file.data(), &header, sizeof(header));
  const std::string digest = Digest(header, std::string_view(file).substr(kPayloadAt));
  std::memcpy(file.data() + sizeof(header), digest.data(), digest.size());
  return file;
}

StateForm FormOf(std::string_view file) {
  uint32_t form = 0;
  if (file.size() < sizeof(Header)) return StateForm::kTriangle;
  std::memcpy(&form, file.data() + offsetof(Header, form), sizeof(form));
  return static_cast<StateForm>(form);
}

Result<StateFile> OpenStateFile(std::string_view file, int64_t max_dim) {
  ARROW_ASSIGN_OR_RAISE(const Header header, ReadHeader(file, max_dim));
  return StateFile{static_cast<StateForm>(header.form), static_cast<int64_t>(header.dim),
                   static_cast<int64_t>(header.count), file.substr(kPayloadAt)};
}

}  // namespace pomona::stats::internal
