// SPDX-License-Identifier: Apache-2.0
#include "pomona/job/extract.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <arrow/buffer.h>
#include <arrow/util/future.h>
#include <nlohmann/json.hpp>
#include <tbb/concurrent_queue.h>
#include <tbb/global_control.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include "pomona/base/hash.h"
#include "pomona/base/reject.h"
#include "pomona/image/colour.h"
#include "pomona/image/image.h"
#include "pomona/job/region_rows.h"
#include "pomona/job/stage_call.h"

namespace pomona::job {
namespace {

using store::ListedImage;
using ReadFuture = arrow::Future<std::shared_ptr<arrow::Buffer>>;

constexpr int64_t kMaxTokens = 16;
constexpr int64_t kTokenBytes = 256 << 20;
constexpr int64_t kPhotosABatch = 4;  // whose regions become rows

// What is bounded by bytes: readers wait while too much lies undecoded.
class ByteBudget {
 public:
  explicit ByteBudget(int64_t limit) : limit_(limit) {}
  // One batch may go over the limit when it is alone, else it could never start.
  void Acquire(int64_t bytes) {
    std::unique_lock lock(mutex_);
    free_.wait(lock, [&] { return used_ == 0 || used_ + bytes <= limit_; });
    used_ += bytes;
  }
  void Release(int64_t bytes) {
    std::lock_guard lock(mutex_);
    used_ -= bytes;
    free_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable free_;
  int64_t limit_;
  int64_t used_ = 0;
};

// A run of a shard's images on its way through the stages.
struct Batch {
  // Each stage takes the batch over from the one before. The pipeline orders them; said
  // again here, so that a thread sanitizer, to which TBB is a closed box, can check it.
  void Take() { (void)stage_.load(std::memory_order_acquire); }
  void HandOn() { stage_.fetch_add(1, std::memory_order_release); }

  int64_t shard = 0;
  bool ends_shard = false;
  int64_t bytes = 0;  // of the budget
  std::vector<ListedImage> images;
  std::vector<ReadFuture> reads;
  std::vector<table::RowKey> keys;  // of the good images, in order
  std::vector<size_t> key_at;       // their places in the batch
  std::vector<std::pair<size_t, table::RejectRow>> rejects;  // with their places
  std::vector<float> input;   // keys.size() x views x 3 x H x W
  std::vector<float> views;   // keys.size() x views x network's columns, where joined
  std::vector<float> colour;  // keys.size() x kColourColumns, where asked for
  std::vector<float> rows;    // keys.size() x columns
  std::vector<image::Image> photos;  // of the good images, where regions are asked for

 private:
  std::atomic<int> stage_{0};
};

table::RejectRow MakeReject(const ListedImage& image, const Status& status,
                            int64_t bytes) {
  const Reject reject = *GetReject(status);
  return {image.path, std::string(RejectStageName(reject.stage)),
          std::string(RejectCodeName(reject.code)), status.message(), bytes};
}

class Pipeline {
 public:
  Pipeline(const ExtractContext& context, const std::vector<int64_t>& shards,
           const std::function<Result<std::vector<ListedImage>>(int64_t)>& images_of,
           const std::function<Status(int64_t, ShardResult)>& done,
           const std::function<void(int64_t, int64_t)>& progress, std::stop_token stop)
      : context_(context),
        shards_(shards),
        images_of_(images_of),
        done_(done),
        progress_(progress),
        stop_(std::move(stop)),
        budget_(context.max_bytes_ahead),
        info_(context.extractor->info()),
        image_floats_(3 * info_.input_height * info_.input_width),
        views_(image::ViewCount(context.contract.views)),
        by_regions_(context.contract.regions == image::RegionSet::kFruits),
        images_a_batch_(by_regions_ ? kPhotosABatch
                                    : std::max<int64_t>(1, info_.batch / views_)),
        parts_(RowParts(info_, context.contract)),
        columns_(RowColumns(info_, context.contract)),
        joins_(views_ > 1 || context.contract.colour) {}

  Status Run() {
    // Threads that wait for the engine do no work, so there are more of them than cores.
    const int threads = std::max(1, info_.concurrency) + std::max(1, context_.threads);
    const tbb::global_control allow(tbb::global_control::max_allowed_parallelism,
                                    static_cast<size_t>(threads + 1));
    tbb::task_arena arena(threads);
    const int64_t batch_bytes = images_a_batch_ * views_ * image_floats_ * 4;
    const auto tokens = static_cast<size_t>(
        std::clamp<int64_t>(kTokenBytes / batch_bytes, 4, kMaxTokens));
    PassTurns();
    arena.execute([&] {
      tbb::parallel_pipeline(
          tokens,
          tbb::make_filter<void, Batch*>(tbb::filter_mode::serial_in_order,
                                         StageCall(this, &Pipeline::Next)) &
              tbb::make_filter<Batch*, Batch*>(tbb::filter_mode::parallel,
                                               StageCall(this, &Pipeline::Load)) &
              tbb::make_filter<Batch*, Batch*>(tbb::filter_mode::parallel,
                                               StageCall(this, &Pipeline::Infer)) &
              tbb::make_filter<Batch*, void>(tbb::filter_mode::serial_in_order,
                                             StageCall(this, &Pipeline::Collect)));
    });
    PassTurns();
    for (const auto& batch : batches_) batch->Take();
    std::lock_guard lock(mutex_);
    if (!error_.ok()) return error_;
    if (stop_.stop_requested()) return Status::Cancelled("stopped");
    return Status::OK();
  }

 private:
  // What this thread wrote is seen by the serial filters, and the other way round.
  void PassTurns() { const std::scoped_lock turns(source_turn_, collect_turn_); }

  // Source: cuts shards into batches and starts their reads.
  Batch* Next(tbb::flow_control& control) {
    std::lock_guard turn(source_turn_);
    if (Ended() || !FillListing()) {
      control.stop();
      return nullptr;
    }
    Batch* batch = Take();
    const auto count =
        std::min(images_a_batch_, static_cast<int64_t>(listing_.size()) - position_);
    batch->shard = shards_[next_shard_ - 1];
    for (int64_t i = 0; i < count; ++i) {
      batch->images.push_back(std::move(listing_[static_cast<size_t>(position_ + i)]));
      batch->bytes += std::max<int64_t>(0, batch->images.back().size);
    }
    position_ += count;
    batch->ends_shard = position_ == static_cast<int64_t>(listing_.size());
    budget_.Acquire(batch->bytes);
    for (const auto& image : batch->images) {
      batch->reads.push_back(image.valid_name ? context_.source->Read(image)
                                              : ReadFuture::MakeFinished(BadName()));
    }
    batch->HandOn();
    return batch;
  }

  static Status BadName() {
    return RejectStatus(
        RejectStage::kList, RejectCode::kBadName,
        "the name is not UTF-8; foreign bytes are shown as \\xNN. Rename it");
  }

  // False when no shard is left or the listing could not be read.
  bool FillListing() {
    while (position_ == static_cast<int64_t>(listing_.size())) {
      if (next_shard_ == shards_.size()) return false;
      auto images = images_of_(shards_[next_shard_++]);
      if (!images.ok()) {
        Fail(images.status());
        return false;
      }
      listing_ = *std::move(images);
      position_ = 0;
    }
    return true;
  }

  // Waits for the bytes, decodes and preprocesses into the next free slot of the input.
  Batch* Load(Batch* batch) {
    thread_local image::Image picture;
    batch->Take();
    for (size_t i = 0; i < batch->images.size(); ++i) {
      auto bytes = batch->reads[i].MoveResult();
      if (Ended()) continue;
      int64_t size = -1;
      Status status = bytes.status();
      if (status.ok()) {
        size = (*bytes)->size();
        status = LoadOne(batch, i, **bytes, &picture);
      }
      Account(status, batch, i, size);
    }
    budget_.Release(batch->bytes);
    batch->HandOn();
    return batch;
  }

  Status LoadOne(Batch* batch, size_t at, const arrow::Buffer& bytes,
                 image::Image* picture) {
    const ListedImage& listed = batch->images[at];
    image::DecodeOptions options;
    options.max_pixels = context_.max_pixels;
    options.apply_orientation = context_.contract.apply_orientation;
    const std::span<const uint8_t> span(bytes.data(), static_cast<size_t>(bytes.size()));
    ARROW_RETURN_NOT_OK(image::Decode(span, options, picture));
    if (context_.alter) ARROW_RETURN_NOT_OK(context_.alter(listed, picture));
    const auto slot = static_cast<int64_t>(batch->keys.size());
    if (context_.contract.white_balance == image::WhiteBalance::kGreyWorld) {
      image::BalanceGreyWorld(picture);
    }
    if (!by_regions_) ARROW_RETURN_NOT_OK(FillSlot(batch, slot, *picture));
    batch->keys.push_back({listed.path, listed.label, picture->width, picture->height,
                           HexSha256(std::string_view(bytes))});
    batch->key_at.push_back(at);
    if (by_regions_) batch->photos.push_back(std::exchange(*picture, {}));
    return Status::OK();
  }

  Status FillSlot(Batch* batch, int64_t slot, const image::Image& picture) const {
    if (context_.contract.colour) {
      ARROW_RETURN_NOT_OK(image::DescribeColour(
          picture, batch->colour.data() + slot * image::kColourColumns));
    }
    return image::PreprocessViews(picture, context_.contract,
                                  batch->input.data() + slot * views_ * image_floats_);
  }

  // A reject becomes a row; any other error ends the stage.
  void Account(const Status& status, Batch* batch, size_t at, int64_t size) {
    if (status.ok()) return;
    if (GetReject(status)) {
      batch->rejects.emplace_back(at, MakeReject(batch->images[at], status, size));
    } else {
      Fail(status);
    }
  }

  Batch* Infer(Batch* batch) {
    batch->Take();
    const auto count = static_cast<int64_t>(batch->keys.size());
    if (by_regions_ && !Ended()) {
      const Status status = InferRegions(batch);
      if (!status.ok()) Fail(status);
    } else if (count > 0 && !Ended()) {
      auto* network = joins_ ? &batch->views : &batch->rows;
      const Status status = InferViews(*batch, count * views_, network->data());
      if (!status.ok()) Fail(status);
      for (int64_t i = 0; status.ok() && joins_ && i < count; ++i) JoinRow(batch, i);
    }
    batch->HandOn();
    return batch;
  }

  // A request takes up to info_.batch pictures.
  Status InferViews(const Batch& batch, int64_t count, float* rows) {
    for (int64_t at = 0; at < count; at += info_.batch) {
      ARROW_RETURN_NOT_OK(context_.extractor->Extract(
          batch.input.data() + at * image_floats_, std::min(info_.batch, count - at),
          rows + at * info_.feature_dim));
    }
    return Status::OK();
  }

  // A photo's rows take the place of its key.
  Status InferRegions(Batch* batch) {
    std::vector<table::RowKey> keys;
    std::vector<size_t> key_at;
    batch->rows.clear();
    for (size_t i = 0; i < batch->photos.size() && !Ended(); ++i) {
      ARROW_RETURN_NOT_OK(AppendRegionRows(batch->photos[i], batch->keys[i],
                                           context_.contract, context_.extractor, &keys,
                                           &batch->rows));
      key_at.resize(keys.size(), batch->key_at[i]);
    }
    batch->keys = std::move(keys);
    batch->key_at = std::move(key_at);
    return Status::OK();
  }

  void JoinRow(Batch* batch, int64_t i) const {
    const int64_t dim = info_.feature_dim;
    const int64_t colour = columns_ - dim;
    job::JoinRow(batch->views.data() + i * views_ * dim, views_, dim,
                 batch->colour.data() + i * colour, colour,
                 batch->rows.data() + i * columns_);
  }

  void Collect(Batch* batch) {
    std::lock_guard turn(collect_turn_);
    batch->Take();
    if (!Ended()) {
      AppendRows(batch);
      images_ += static_cast<int64_t>(batch->images.size());
      if (progress_) progress_(images_, rejects_);
      if (batch->ends_shard) {
        const Status status = done_(batch->shard, std::exchange(result_, {}));
        if (!status.ok()) Fail(status);
      }
    }
    Recycle(batch);
  }

  void AppendRows(Batch* batch) {
    auto& features = result_.features;
    const int64_t dim = columns_;
    features.dim = dim;
    result_.parts = parts_;
    if (features.keys.empty()) {
      features.rows.reserve(features.rows.capacity() + static_cast<size_t>(dim) * 1024);
    }
    for (size_t i = 0; i < batch->keys.size();) {
      const size_t at = batch->key_at[i];
      size_t end = i;  // of the picture's rows
      while (end < batch->keys.size() && batch->key_at[end] == at) ++end;
      const float* first = batch->rows.data() + static_cast<int64_t>(i) * dim;
      const float* last = batch->rows.data() + static_cast<int64_t>(end) * dim;
      if (!std::all_of(first, last, [](float x) { return std::isfinite(x); })) {
        batch->rejects.emplace_back(at, MakeReject(batch->images[at], NotFinite(), -1));
      } else {
        std::move(batch->keys.begin() + static_cast<ptrdiff_t>(i),
                  batch->keys.begin() + static_cast<ptrdiff_t>(end),
                  std::back_inserter(features.keys));
        features.rows.insert(features.rows.end(), first, last);
      }
      i = end;
    }
    std::sort(batch->rejects.begin(), batch->rejects.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [at, row] : batch->rejects) result_.rejects.push_back(std::move(row));
    rejects_ += static_cast<int64_t>(batch->rejects.size());
  }

  static Status NotFinite() {
    return RejectStatus(RejectStage::kExtract, RejectCode::kNotFinite,
                        "the network gave NaN or infinity for this picture");
  }

  Batch* Take() {
    Batch* batch = nullptr;
    if (free_.try_pop(batch)) {
      batch->Take();
      return batch;
    }
    auto made = std::make_unique<Batch>();
    const auto size = [](int64_t n) { return static_cast<size_t>(n); };
    if (!by_regions_) made->input.resize(size(images_a_batch_ * views_ * image_floats_));
    if (joins_) made->views.resize(size(images_a_batch_ * views_ * info_.feature_dim));
    made->rows.resize(size(images_a_batch_ * columns_));
    if (context_.contract.colour) {
      made->colour.resize(size(images_a_batch_ * image::kColourColumns));
    }
    batches_.push_back(std::move(made));
    return batches_.back().get();
  }

  void Recycle(Batch* batch) {
    batch->bytes = 0;
    batch->images.clear();
    batch->reads.clear();
    batch->keys.clear();
    batch->key_at.clear();
    batch->rejects.clear();
    batch->photos.clear();
    batch->HandOn();
    free_.push(batch);
  }

  void Fail(const Status& status) {
    std::lock_guard lock(mutex_);
    if (error_.ok()) error_ = status;
    failed_ = true;
  }
  bool Ended() const { return failed_ || stop_.stop_requested(); }

  const ExtractContext& context_;
  const std::vector<int64_t>& shards_;
  const std::function<Result<std::vector<ListedImage>>(int64_t)>& images_of_;
  const std::function<Status(int64_t, ShardResult)>& done_;
  const std::function<void(int64_t, int64_t)>& progress_;
  const std::stop_token stop_;

  ByteBudget budget_;
  const engine::ExtractorInfo info_;
  const int64_t image_floats_;
  const int64_t views_;
  const bool by_regions_;  // a photo has several rows
  const int64_t images_a_batch_;
  const std::vector<engine::RowPart> parts_;
  const int64_t columns_;
  const bool joins_;  // else a row is what the network gives

  // Of the source filter, which is serial: the lock is never waited for, it makes the
  // order visible (see Batch).
  std::mutex source_turn_;
  size_t next_shard_ = 0;
  std::vector<ListedImage> listing_;
  int64_t position_ = 0;
  std::vector<std::unique_ptr<Batch>> batches_;
  tbb::concurrent_queue<Batch*> free_;

  // Of the last filter, likewise.
  std::mutex collect_turn_;
  ShardResult result_;
  int64_t images_ = 0;
  int64_t rejects_ = 0;

  std::mutex mutex_;
  Status error_;
  std::atomic<bool> failed_{false};
};

}  // namespace

std::vector<engine::RowPart> RowParts(const engine::ExtractorInfo& info,
                                      const image::PreprocessContract& contract) {
  std::vector<engine::RowPart> parts = info.parts;
  if (contract.colour) parts.push_back({"colour", image::kColourColumns});
  return parts;
}

std::string PartsText(const std::vector<engine::RowPart>& parts) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& part : parts) {
    list.push_back({{"name", part.name}, {"columns", part.columns}});
  }
  return list.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

int64_t RowColumns(const engine::ExtractorInfo& info,
                   const image::PreprocessContract& contract) {
  return info.feature_dim + (contract.colour ? image::kColourColumns : 0);
}

Status ExtractShards(
    const ExtractContext& context, const std::vector<int64_t>& shards,
    const std::function<Result<std::vector<ListedImage>>(int64_t)>& images_of,
    const std::function<Status(int64_t, ShardResult)>& done,
    const std::function<void(int64_t, int64_t)>& progress, std::stop_token stop) {
  return Pipeline(context, shards, images_of, done, progress, std::move(stop)).Run();
}

}  // namespace pomona::job
