// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/region_rows.h"

#include <algorithm>
#include <array>

#include "pomona/image/colour.h"
#include "pomona/image/regions.h"

namespace pomona::job {
namespace {

constexpr std::array<const char*, 4> kKinds = {"photo", "shape", "piece", "window"};

table::Fruit FruitOf(const image::Region& region, size_t index) {
  return {static_cast<int64_t>(index),
          kKinds.at(static_cast<size_t>(region.kind)),
          region.box.left,
          region.box.top,
          region.box.right,
          region.box.bottom,
          std::max<int64_t>(0, region.parent),
          region.outline};
}

// What one request to the network holds.
class Request {
 public:
  Request(const image::PreprocessContract& contract, engine::FeatureExtractor* extractor)
      : contract_(contract),
        extractor_(extractor),
        info_(extractor->info()),
        views_(image::ViewCount(contract.views)),
        room_(std::max<int64_t>(1, info_.batch / views_)),
        colour_columns_(contract.colour ? image::kColourColumns : 0) {
    const auto floats = room_ * views_ * ImageFloats();
    input_.resize(static_cast<size_t>(floats));
    rows_.resize(static_cast<size_t>(room_ * views_ * info_.feature_dim));
    colour_.resize(static_cast<size_t>(room_ * colour_columns_));
  }

  bool full() const { return count_ == room_; }

  Status Add(const image::Image& picture) {
    ARROW_RETURN_NOT_OK(image::PreprocessViews(
        picture, contract_, input_.data() + count_ * views_ * ImageFloats()));
    if (colour_columns_ > 0) {
      ARROW_RETURN_NOT_OK(
          image::DescribeColour(picture, colour_.data() + count_ * colour_columns_));
    }
    ++count_;
    return Status::OK();
  }

  // Appends a row for each picture added, and is empty again.
  Status Finish(std::vector<float>* out) {
    const int64_t dim = info_.feature_dim;
    const int64_t all = count_ * views_;
    for (int64_t at = 0; at < all; at += info_.batch) {
      ARROW_RETURN_NOT_OK(extractor_->Extract(input_.data() + at * ImageFloats(),
                                              std::min(info_.batch, all - at),
                                              rows_.data() + at * dim));
    }
    const int64_t columns = dim + colour_columns_;
    const auto start = out->size();
    out->resize(start + static_cast<size_t>(count_ * columns));
    for (int64_t i = 0; i < count_; ++i) {
      JoinRow(rows_.data() + i * views_ * dim, views_, dim,
              colour_.data() + i * colour_columns_, colour_columns_,
              out->data() + start + i * columns);
    }
    count_ = 0;
    return Status::OK();
  }

 private:
  int64_t ImageFloats() const { return 3 * info_.input_height * info_.input_width; }

  const image::PreprocessContract& contract_;
  engine::FeatureExtractor* extractor_;
  const engine::ExtractorInfo info_;
  const int64_t views_;
  const int64_t room_;  // pictures
  const int64_t colour_columns_;
  int64_t count_ = 0;
  std::vector<float> input_, rows_, colour_;
};

}  // namespace

void JoinRow(const float* views, int64_t count, int64_t dim, const float* colour,
             int64_t colour_columns, float* row) {
  if (count == 1) std::copy_n(views, dim, row);
  for (int64_t j = 0; j < dim && count > 1; ++j) {
    double sum = 0;
    for (int64_t v = 0; v < count; ++v) sum += views[v * dim + j];
    row[j] = static_cast<float>(sum / static_cast<double>(count));
  }
  std::copy_n(colour, colour_columns, row + dim);
}

Status AppendRegionRows(const image::Image& photo, const table::RowKey& key,
                        const image::PreprocessContract& contract,
                        engine::FeatureExtractor* extractor,
                        std::vector<table::RowKey>* keys, std::vector<float>* rows) {
  ARROW_ASSIGN_OR_RAISE(const auto regions, image::Regions::Find(photo));
  Request request(contract, extractor);
  image::Image picture;
  const auto& list = regions.list();
  for (size_t i = 0; i < list.size(); ++i) {
    ARROW_RETURN_NOT_OK(regions.Cut(i, &picture));
    ARROW_RETURN_NOT_OK(request.Add(picture));
    keys->push_back(key);
    keys->back().fruit = FruitOf(list[i], i);
    if (request.full() || i + 1 == list.size()) ARROW_RETURN_NOT_OK(request.Finish(rows));
  }
  return Status::OK();
}

}  // namespace pomona::job
