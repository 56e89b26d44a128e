// SPDX-License-Identifier: Apache-2.0
// The file of moments; docs/formats.md has its layout.
#include <algorithm>
#include <cmath>
#include <cstring>

#include <arrow/util/compression.h>

#include "pomona/stats/moments.h"
#include "pomona/stats/state_file.h"

namespace pomona::stats {
namespace {

using internal::BytesOf;
using internal::StateForm;
using internal::WriteStateFile;

Result<std::unique_ptr<arrow::util::Codec>> MakeCodec() {
  return arrow::util::Codec::Create(arrow::Compression::ZSTD, 1);
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
  const bool as_rows = count_ == 0 || (keeps_rows_ && count_ < dim_);
  if (!as_rows) {
    return WriteStateFile(StateForm::kTriangle, dim_, count_,
                          {BytesOf(mean_), BytesOf(scatter_)});
  }
  ARROW_ASSIGN_OR_RAISE(const std::string rows, Compress(BytesOf(only_rows_)));
  return WriteStateFile(StateForm::kRows, dim_, count_, {rows});
}

Result<Moments> Moments::Deserialize(std::string_view file, int64_t max_dim) {
  ARROW_ASSIGN_OR_RAISE(const auto state, internal::OpenStateFile(file, max_dim));
  const std::string_view payload = state.payload;
  if (state.form == StateForm::kSketch) {
    return Status::Invalid(
        "moments: the file holds a sketch (--pca sketch), which has no "
        "covariance of all columns");
  }
  if (state.form == StateForm::kRows) {
    if (state.count > kChunkRows) {
      return Status::Invalid("moments: ", state.count, " rows kept, at most ", kChunkRows,
                             " are allowed");
    }
    std::vector<float> rows(state.count * state.dim);
    ARROW_RETURN_NOT_OK(Decompress(payload, &rows));
    ARROW_ASSIGN_OR_RAISE(Moments moments, Make(state.dim));
    ARROW_RETURN_NOT_OK(moments.Update(rows.data(), state.count));
    moments.Flush();
    return moments;
  }
  const auto dim = static_cast<uint64_t>(state.dim);
  const uint64_t numbers = dim + dim * (dim + 1) / 2;
  if (state.form != StateForm::kTriangle || payload.size() != numbers * sizeof(double)) {
    return Status::Invalid("moments: form ", static_cast<uint32_t>(state.form), " with ",
                           payload.size(), " bytes does not fit ", dim, " columns");
  }
  if (state.count < 1) return Status::Invalid("moments: a count of 0 rows");
  ARROW_ASSIGN_OR_RAISE(Moments moments, Make(state.dim));
  const size_t mean_bytes = moments.mean_.size() * sizeof(double);
  std::memcpy(moments.mean_.data(), payload.data(), mean_bytes);
  std::memcpy(moments.scatter_.data(), payload.data() + mean_bytes,
              payload.size() - mean_bytes);
  moments.count_ = state.count;
  moments.keeps_rows_ = false;
  ARROW_RETURN_NOT_OK(CheckTriangle(moments.mean_, moments.scatter_));
  return moments;
}

}  // namespace pomona::stats
