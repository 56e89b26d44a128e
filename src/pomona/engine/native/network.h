// SPDX-License-Identifier: Apache-2.0
// A stack of 3x3 convolutions with ReLU and 2x2 max-pooling, packed for a CPU.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "pomona/engine/native/convolve.h"
#include "pomona/engine/native/layer_plan.h"

namespace pomona::engine::native {

class Network {
 public:
  // Packs a stack (model::Backbone), for batches of up to `batch` pictures.
  // OutOfMemory.
  static Result<std::unique_ptr<Network>> Make(const model::Backbone& backbone,
                                               Precision precision, Isa isa, int threads,
                                               int64_t batch);

  int64_t feature_dim() const { return feature_dim_; }
  int64_t memory_bytes() const;  // packed weights and workspace

  // `images`: count x 3 x H x W, `rows`: count x feature_dim (Keras flatten order); count
  // <= batch. One call at a time.
  void Run(const float* images, int64_t count, float* rows);

 private:
  struct Step {
    Conv conv;
    bool max_pool = false;  // else `conv`; a pool that no convolution could take along
    int64_t height = 0;     // of its dst
    int64_t width = 0;
    int64_t channels = 0;  // padded
    int64_t floats() const { return height * width * channels; }
  };

  Network(const Kernels& kernels, int threads) : kernels_(kernels), workers_(threads) {}
  Status Pack(const model::Backbone& backbone);
  Status AddConv(const LayerPlan& plan, const model::ConvWeights& weights);
  void AddPool();
  Status Allocate(int64_t batch);
  // The steps before shared_, of one picture.
  void RunPicture(const float* image, float* dst, int worker, const Parallel& parallel);
  // The steps from shared_ on, of batch_turns_[0]; where their result is.
  const float* RunBatch(int64_t count);
  void WriteRow(const float* last, float* row) const;

  const Kernels& kernels_;
  WorkerPool workers_;
  model::Pool pool_ = model::Pool::kNone;
  int64_t input_height_ = 0;
  int64_t input_width_ = 0;
  std::vector<Step> steps_;
  size_t shared_ = 0;  // the first step for the whole batch; those before go by picture
  int64_t channels_ = 0;  // of the last step, not padded
  int64_t feature_dim_ = 0;

  Buffer memory_;                 // all that follows
  std::vector<Scratch> scratch_;  // a worker's own
  Scratch shared_scratch_;
  std::vector<float*> padded_;                // a worker's picture with its border
  std::vector<std::array<float*, 2>> turns_;  // a worker's src and dst, in turns
  std::array<float*, 2> batch_turns_{};       // the batch's
  int64_t batch_stride_ = 0;
  bool by_thread_ = true;  // a picture to a thread, as long as there are enough
};

}  // namespace pomona::engine::native
