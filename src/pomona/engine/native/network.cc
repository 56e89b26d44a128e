// SPDX-License-Identifier: Apache-2.0
#include "pomona/engine/native/network.h"

#include <algorithm>
#include <cstring>

namespace pomona::engine::native {
namespace {

// Pictures with a layer of more (64 MB) go through one at a time, on all threads: one for
// each thread would cost too much memory.
constexpr int64_t kOwnFloats = int64_t{16} << 20;

// Parts of one allocation, each on a line of the cache.
class Parts {
 public:
  // Where `floats` will be once there is memory.
  int64_t Add(int64_t floats) {
    const int64_t at = size_;
    size_ += RoundUp(floats, kLane) + kLane;
    return at;
  }
  int64_t size() const { return size_; }

 private:
  int64_t size_ = 0;
};

}  // namespace

Result<std::unique_ptr<Network>> Network::Make(const model::Backbone& backbone,
                                               Precision precision, Isa isa, int threads,
                                               int64_t batch) {
  std::unique_ptr<Network> network(new Network(KernelsFor(isa, precision), threads));
  ARROW_RETURN_NOT_OK(network->Pack(backbone));
  ARROW_RETURN_NOT_OK(network->Allocate(batch));
  return network;
}

Status Network::AddConv(const LayerPlan& plan, const model::ConvWeights& weights) {
  const ConvShape& shape = *plan.conv;
  Step step;
  if (plan.tile) {
    ARROW_ASSIGN_OR_RAISE(step.conv,
                          PackWinograd(shape, *plan.tile, weights, kernels_, &workers_));
  } else {
    ARROW_ASSIGN_OR_RAISE(step.conv, PackDirect(shape, weights, kernels_));
  }
  step.height = shape.dst_height();
  step.width = shape.dst_width();
  step.channels = shape.oc_padded();
  channels_ = shape.oc;
  steps_.push_back(std::move(step));
  return Status::OK();
}

void Network::AddPool() {
  Step step;
  step.max_pool = true;
  step.height = steps_.back().height / 2;
  step.width = steps_.back().width / 2;
  step.channels = steps_.back().channels;
  steps_.push_back(std::move(step));
}

Status Network::Pack(const model::Backbone& backbone) {
  pool_ = backbone.options.pool;
  input_height_ = backbone.options.input_height;
  input_width_ = backbone.options.input_width;
  auto weights = backbone.weights.convs.begin();
  for (const LayerPlan& plan : PlanLayers(backbone, kernels_.precision)) {
    if (plan.conv) {
      ARROW_RETURN_NOT_OK(AddConv(plan, *weights++));
    } else {
      AddPool();
    }
  }
  const auto shared = std::find_if(steps_.begin() + 1, steps_.end(), [](const Step& s) {
    return !s.max_pool && FasterWay(s.conv) == Way::kShared;
  });
  shared_ = static_cast<size_t>(shared - steps_.begin());
  const Step& last = steps_.back();
  feature_dim_ = channels_ * (pool_ == model::Pool::kNone ? last.height * last.width : 1);
  return Status::OK();
}

Status Network::Allocate(int64_t batch) {
  ScratchSize fused;
  ScratchSize shared;
  int64_t picture = 0;  // the largest src and dst, by picture and of the batch
  int64_t zeros = kLane;
  for (size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    const bool in_batch = i >= shared_;
    if (in_batch || i + 1 == shared_) {
      batch_stride_ = std::max(batch_stride_, step.floats());
    }
    if (!in_batch) picture = std::max(picture, step.floats());
    if (step.max_pool || step.conv.direct) continue;
    zeros = std::max(zeros, step.conv.shape.ic_padded());
    const ScratchSize need = ScratchFor(step.conv, kernels_, in_batch ? batch : 1,
                                        in_batch ? Way::kShared : Way::kFused);
    ScratchSize& most = in_batch ? shared : fused;
    most = {std::max(most.v, need.v), std::max(most.m, need.m)};
  }

  Parts parts;
  const int64_t zero_at = parts.Add(zeros);
  const int64_t shared_v = parts.Add(shared.v);
  const int64_t shared_m = parts.Add(shared.m);
  const std::array<int64_t, 2> batch_at = {parts.Add(batch_stride_ * batch),
                                           parts.Add(batch_stride_ * batch)};
  struct Own {
    int64_t v, m, padded, turn0, turn1;
  };
  by_thread_ = picture <= kOwnFloats;
  const int64_t padded = PaddedPlanes(steps_.front().conv.shape);
  std::vector<Own> own;
  for (int worker = 0; worker < workers_.threads(); ++worker) {
    const bool has_picture = by_thread_ || worker == 0;
    own.push_back(
        {parts.Add(fused.v), parts.Add(fused.m), parts.Add(has_picture ? padded : 0),
         parts.Add(has_picture ? picture : 0), parts.Add(has_picture ? picture : 0)});
  }
  ARROW_ASSIGN_OR_RAISE(memory_, Buffer::Make(parts.size()));
  float* base = memory_.data();
  shared_scratch_ = {base + shared_v, base + shared_m, base + zero_at};
  batch_turns_ = {base + batch_at[0], base + batch_at[1]};
  for (const Own& o : own) {
    scratch_.push_back({base + o.v, base + o.m, base + zero_at});
    padded_.push_back(base + o.padded);
    turns_.push_back({base + o.turn0, base + o.turn1});
  }
  return Status::OK();
}

int64_t Network::memory_bytes() const {
  int64_t floats = memory_.size();
  for (const Step& step : steps_) floats += step.conv.wei.size() + step.conv.bia.size();
  return floats * static_cast<int64_t>(sizeof(float));
}

void Network::RunPicture(const float* image, float* dst, int worker,
                         const Parallel& parallel) {
  const auto own = static_cast<size_t>(worker);
  const float* src = image;
  for (size_t i = 0; i < shared_; ++i) {
    const Step& step = steps_[i];
    float* to = i + 1 == shared_ ? dst : turns_[own][i % 2];
    if (step.max_pool) {
      MaxPool(steps_[i - 1].height, steps_[i - 1].width, step.channels, src, to);
    } else if (step.conv.direct) {
      PadPlanes(step.conv.shape, src, padded_[own]);
      ConvolveDirect(step.conv, kernels_, padded_[own], to, parallel);
    } else {
      ConvolveFused(step.conv, kernels_, src, to, scratch_.data(), parallel);
    }
    src = to;
  }
}

const float* Network::RunBatch(int64_t count) {
  const Parallel parallel = [this](int64_t n, const WorkerPool::Work& work) {
    workers_.Run(n, work);
  };
  size_t turn = 0;
  for (size_t i = shared_; i < steps_.size(); ++i, turn = 1 - turn) {
    const Step& step = steps_[i];
    const Src src = {batch_turns_[turn], batch_stride_};
    const Dst dst = {batch_turns_[1 - turn], batch_stride_};
    if (step.max_pool) {
      workers_.Run(count, [&](int64_t n, int) {
        MaxPool(steps_[i - 1].height, steps_[i - 1].width, step.channels,
                src.data + n * src.stride, dst.data + n * dst.stride);
      });
    } else {
      ConvolveShared(step.conv, kernels_, src, dst, count, shared_scratch_, parallel);
    }
  }
  return batch_turns_[turn];
}

void Network::Run(const float* images, int64_t count, float* rows) {
  const int64_t image = steps_.front().conv.shape.ic * input_height_ * input_width_;
  const auto one = [&](int64_t n, int worker, const Parallel& parallel) {
    RunPicture(images + n * image, batch_turns_[0] + n * batch_stride_, worker, parallel);
  };
  // A picture to a thread needs no waiting for each other; what is left over is shared.
  const int64_t by_thread =
      by_thread_ ? count / workers_.threads() * workers_.threads() : 0;
  workers_.Run(by_thread, [&](int64_t n, int worker) {
    one(n, worker, [worker](int64_t items, const WorkerPool::Work& work) {
      for (int64_t item = 0; item < items; ++item) work(item, worker);
    });
  });
  for (int64_t n = by_thread; n < count; ++n) {
    one(n, 0, [this](int64_t items, const WorkerPool::Work& work) {
      workers_.Run(items, work);
    });
  }
  const float* last = RunBatch(count);
  for (int64_t n = 0; n < count; ++n) {
    WriteRow(last + n * batch_stride_, rows + n * feature_dim_);
  }
}

void Network::WriteRow(const float* last, float* row) const {
  const Step& step = steps_.back();
  const int64_t pixels = step.height * step.width;
  if (pool_ == model::Pool::kNone) {
    for (int64_t p = 0; p < pixels; ++p) {
      std::memcpy(row + p * channels_, last + p * step.channels,
                  static_cast<size_t>(channels_) * sizeof(float));
    }
    return;
  }
  for (int64_t c = 0; c < channels_; ++c) {
    double sum = 0;
    float most = 0;  // ReLU: nothing is less
    for (int64_t p = 0; p < pixels; ++p) {
      const float x = last[p * step.channels + c];
      sum += x;
      most = std::max(most, x);
    }
    row[c] = pool_ == model::Pool::kMax
                 ? most
                 : static_cast<float>(sum / static_cast<double>(pixels));
  }
}

}  // namespace pomona::engine::native
