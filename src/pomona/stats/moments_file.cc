// SPDX-License-Identifier: Apache-2.0
// The file of moments; docs/formats.md has its layout.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include <arrow/util/compression.h>

#include "pomona/base/hash.h"
#include "pomona/stats/moments.h"

namespace pomona::stats {
namespace {

static_assert(std::endian::native == std::endian::little, "files are little-endian");

constexpr std::string_view kMagic = "POMOMENT";
constexpr uint32_t kVersion = 1;
constexpr uint64_t kMaxCount = uint64_t{1} << 48;

enum Form : uint32_t { kTriangle = 0, kRows = 1 };

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

Result<std::unique_ptr<arrow::util::Codec>> MakeCodec() {
  return arrow::util::Codec::Create(arrow::Compression::ZSTD, 1);
}

template <typename T>
std::string_view Bytes(const std::vector<T>& v) {
  return {reinterpret_cast<const char*>(v.data()), v.size() * sizeof(T)};
}

Result<std::string> Compress(std::string_view raw) {
  ARROW_ASSIGN_OR_RAISE(const auto codec, MakeCodec());
  const auto* in = reinterpret_cast<const uint8_t*>(raw.data());
  const auto size = static_cast<int64_t>(raw.size());
  std::string out(codec->MaxCompressedLen(size, in), '\0');
  ARROW_ASSIGN_OR_RAISE(const int64_t used,
                        codec->Compress(size, in, static_cast<int64_t>(out.size()),
                                        reinterpret_cast<uint8_t*>(out.data())));
  out.resize(used);
  return out;
}

Status Decompress(std::string_view payload, std::vector<float>* rows) {
  ARROW_ASSIGN_OR_RAISE(const auto codec, MakeCodec());
  const auto size = static_cast<int64_t>(rows->size() * sizeof(float));
  const auto done = codec->Decompress(static_cast<int64_t>(payload.size()),
                                      reinterpret_cast<const uint8_t*>(payload.data()),
                                      size, reinterpret_cast<uint8_t*>(rows->data()));
  if (!done.ok() || *done != size) {
    return Status::Invalid("moments: the compressed rows are damaged");
  }
  return Status::OK();
}

std::string Assemble(Header header, std::string_view head, std::string_view tail) {
  std::memcpy(header.magic, kMagic.data(), kMagic.size());
  header.version = kVersion;
  header.payload_bytes = head.size() + tail.size();
  std::string file(kPayloadAt, '\0');
  file.reserve(kPayloadAt + header.payload_bytes);
  file += head;
  file += tail;
  std::memcpy(file.data(), &header, sizeof(header));
  const std::string digest = Digest(header, std::string_view(file).substr(kPayloadAt));
  std::memcpy(file.data() + sizeof(header), digest.data(), digest.size());
  return file;
}

// The header of a whole and undamaged file.
Result<Header> Open(std::string_view file, int64_t max_dim) {
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
  return header;
}

Status CheckTriangle(const std::vector<double>& mean,
                     const std::vector<double>& scatter) {
  const auto finite = [](double x) { return std::isfinite(x); };
  if (!std::all_of(mean.begin(), mean.end(), finite) ||
      !std::all_of(scatter.begin(), scatter.end(), finite)) {
    return Status::Invalid("moments: a mean or scatter is not finite");
  }
  for (size_t i = 0; i < mean.size(); ++i) {
    if (scatter[i * (i + 3) / 2] < 0) {
      return Status::Invalid("moments: column ", i, " has a negative variance");
    }
  }
  return Status::OK();
}

}  // namespace

Result<std::string> Moments::Serialize() const {
  if (pending_rows_ != 0) {
    return Status::Invalid("moments have pending rows: call Flush before Serialize");
  }
  Header header{};
  header.dim = dim_;
  header.count = count_;
  const bool as_rows = count_ == 0 || (keeps_rows_ && count_ < dim_);
  header.form = as_rows ? kRows : kTriangle;
  if (!as_rows) return Assemble(header, Bytes(mean_), Bytes(scatter_));
  ARROW_ASSIGN_OR_RAISE(const std::string rows, Compress(Bytes(only_rows_)));
  return Assemble(header, rows, "");
}

Result<Moments> Moments::Deserialize(std::string_view file, int64_t max_dim) {
  ARROW_ASSIGN_OR_RAISE(const Header header, Open(file, max_dim));
  const std::string_view payload = file.substr(kPayloadAt);
  const auto dim = static_cast<int64_t>(header.dim);
  if (header.form == kRows) {
    if (header.count > kChunkRows) {
      return Status::Invalid("moments: ", header.count, " rows kept, at most ",
                             kChunkRows, " are allowed");
    }
    std::vector<float> rows(header.count * header.dim);
    ARROW_RETURN_NOT_OK(Decompress(payload, &rows));
    ARROW_ASSIGN_OR_RAISE(Moments moments, Make(dim));
    ARROW_RETURN_NOT_OK(moments.Update(rows.data(), static_cast<int64_t>(header.count)));
    moments.Flush();
    return moments;
  }
  const uint64_t numbers = header.dim + header.dim * (header.dim + 1) / 2;
  if (header.form != kTriangle || header.payload_bytes != numbers * sizeof(double)) {
    return Status::Invalid("moments: form ", header.form, " with ", header.payload_bytes,
                           " bytes does not fit ", header.dim, " columns");
  }
  if (header.count < 1 || header.count > kMaxCount) {
    return Status::Invalid("moments: a count of ", header.count, " rows");
  }
  ARROW_ASSIGN_OR_RAISE(Moments moments, Make(dim));
  const size_t mean_bytes = moments.mean_.size() * sizeof(double);
  std::memcpy(moments.mean_.data(), payload.data(), mean_bytes);
  std::memcpy(moments.scatter_.data(), payload.data() + mean_bytes,
              payload.size() - mean_bytes);
  moments.count_ = static_cast<int64_t>(header.count);
  moments.keeps_rows_ = false;
  ARROW_RETURN_NOT_OK(CheckTriangle(moments.mean_, moments.scatter_));
  return moments;
}

}  // namespace pomona::stats
