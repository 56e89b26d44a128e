// SPDX-License-Identifier: Apache-2.0
#include "pomona/image/resample.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <vector>

#include "pomona/image/taps.h"

namespace pomona::image {
namespace {

constexpr uint32_t kHalf = 1U << (kWeightBits - 1);
// Columns of the second pass that are summed at once: the sums stay in the first cache.
constexpr int64_t kStrip = 1024;

struct CachedTaps {
  Axis axis;
  Taps taps;
};

// What a thread keeps from picture to picture.
struct Scratch {
  CachedTaps horizontal;
  CachedTaps vertical;
  std::vector<int16_t> plane;  // one row, its channels one after the other
  std::vector<uint8_t> ring;   // rows after the first pass
};

// Larger tables (of pictures with sides of 100,000 and more) are not kept.
constexpr size_t kMaxKeptWeights = size_t{1} << 20;

const Taps& TapsFor(const Axis& axis, CachedTaps* cached) {
  if (!(cached->axis == axis)) {
    cached->axis = {};
    ComputeTaps(axis, &cached->taps);
    cached->axis = axis;
  }
  return cached->taps;
}

uint8_t ToByte(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kWeightBits, 0, 255));
}

// Row of `count` RGB pixels to three planes `plane_size` apart.
void Split(const uint8_t* row, int64_t count, int64_t plane_size, int16_t* plane) {
  for (int64_t c = 0; c < 3; ++c) {
    int16_t* to = plane + c * plane_size;
    for (int64_t x = 0; x < count; ++x) to[x] = row[3 * x + c];
  }
}

// Sum of a * b. 8,192 products of a byte and a part of a weight fit 32 bits.
constexpr int64_t kMaxProducts = 8192;
int32_t ShortDot(const int16_t* a, const int16_t* b, int64_t count) {
  int32_t sum = 0;
  for (int64_t j = 0; j < count; j += kTapBlock) {
    for (int64_t k = 0; k < kTapBlock; ++k) sum += int32_t{a[j + k]} * b[j + k];
  }
  return sum;
}

// Half a level and the sum of pixel * weight; `count` is a multiple of kTapBlock.
int32_t Dot(const int16_t* pixel, const int16_t* high, const int16_t* low,
            int64_t count) {
  uint32_t sum = kHalf;
  for (int64_t j = 0; j < count; j += kMaxProducts) {
    const int64_t n = std::min(kMaxProducts, count - j);
    sum += static_cast<uint32_t>(ShortDot(pixel + j, high + j, n)) * 256 +
           static_cast<uint32_t>(ShortDot(pixel + j, low + j, n));
  }
  return static_cast<int32_t>(sum);
}

int64_t Padded(int64_t count) { return (count + kTapBlock - 1) / kTapBlock * kTapBlock; }

// The first pass: rows of `in` with `width` columns.
class Narrower {
 public:
  Narrower(const Image& in, const Taps& taps, int64_t width, std::vector<int16_t>* plane)
      : in_(in), taps_(taps), width_(width), begin_(taps.first.front()) {
    end_ = int64_t{taps.first.back()} + taps.count.back();
    plane_size_ = Padded(end_ - begin_) + kTapBlock;
    plane->assign(static_cast<size_t>(plane_size_ * 3), 0);
    plane_ = plane->data();
  }

  void Row(int64_t y, uint8_t* out) const {
    const uint8_t* row = in_.pixels.data() + (y * in_.width + begin_) * 3;
    Split(row, end_ - begin_, plane_size_, plane_);
    const int16_t* high = taps_.high.data();
    const int16_t* low = taps_.low.data();
    for (int64_t x = 0; x < width_; ++x, high += taps_.stride, low += taps_.stride) {
      const auto i = static_cast<size_t>(x);
      const int64_t count = Padded(taps_.count[i]);
      const int16_t* pixel = plane_ + taps_.first[i] - begin_;
      for (int64_t c = 0; c < 3; ++c, pixel += plane_size_) {
        *out++ = ToByte(Dot(pixel, high, low, count));
      }
    }
  }

 private:
  const Image& in_;
  const Taps& taps_;
  int64_t width_;
  int64_t begin_;  // the columns that have a weight
  int64_t end_;
  int64_t plane_size_;
  int16_t* plane_;
};

// The rows that the second pass reads: those of the picture, or narrowed when first
// asked for and kept in a ring, so that memory follows the weights, not the height.
class Rows {
 public:
  Rows(const Image& in, const Narrower* narrower, int64_t columns, int64_t first,
       int64_t capacity, std::vector<uint8_t>* ring)
      : narrower_(narrower), columns_(columns), capacity_(capacity), ready_(first) {
    base_ = in.pixels.data();
    if (narrower == nullptr) return;
    ring->resize(static_cast<size_t>(capacity * columns));
    ring_ = ring->data();
  }

  // Makes rows up to `end` ready; the last `capacity` of them can be read.
  void Prepare(int64_t end) {
    if (narrower_ == nullptr) return;
    for (; ready_ < end; ++ready_) {
      narrower_->Row(ready_, ring_ + ready_ % capacity_ * columns_);
    }
  }
  const uint8_t* At(int64_t y) const {
    return narrower_ == nullptr ? base_ + y * columns_ : ring_ + y % capacity_ * columns_;
  }

 private:
  const Narrower* narrower_;
  int64_t columns_;  // bytes of a row
  int64_t capacity_;
  int64_t ready_;
  const uint8_t* base_;
  uint8_t* ring_ = nullptr;
};

// The second pass: one row of `columns` bytes.
void SumRows(const Rows& rows, int64_t columns, int64_t first, int64_t count,
             const int32_t* weight, uint8_t* out) {
  uint32_t sum[kStrip];
  for (int64_t x0 = 0; x0 < columns; x0 += kStrip) {
    const int64_t n = std::min(kStrip, columns - x0);
    std::fill_n(sum, n, kHalf);
    for (int64_t j = 0; j < count; ++j) {
      const uint8_t* row = rows.At(first + j) + x0;
      const int32_t w = weight[j];
      for (int64_t x = 0; x < n; ++x) sum[x] += static_cast<uint32_t>(row[x] * w);
    }
    for (int64_t x = 0; x < n; ++x) out[x0 + x] = ToByte(static_cast<int32_t>(sum[x]));
  }
}

// Positions as Pillow's affine transform adds them up.
std::vector<int64_t> NearestPositions(float begin, float end, int64_t in, int64_t out) {
  const double step = static_cast<double>(end - begin) / static_cast<double>(out);
  double at = begin + step * 0.5;
  std::vector<int64_t> positions(static_cast<size_t>(out));
  for (int64_t& position : positions) {
    position = std::clamp<int64_t>(static_cast<int64_t>(at), 0, in - 1);
    at += step;
  }
  return positions;
}

void Nearest(const Image& in, const Box& box, Image* out) {
  const auto xs = NearestPositions(box.left, box.right, in.width, out->width);
  const auto ys = NearestPositions(box.top, box.bottom, in.height, out->height);
  uint8_t* to = out->pixels.data();
  for (const int64_t y : ys) {
    const uint8_t* row = in.pixels.data() + y * in.width * 3;
    for (const int64_t x : xs) to = std::copy_n(row + x * 3, 3, to);
  }
}

bool IsWhole(const Axis& axis) {
  return axis.in == axis.out && axis.begin == 0 &&
         axis.end == static_cast<float>(axis.out);
}

void SmoothWith(const Image& in, const Axis& x, const Axis& y, Scratch* scratch,
                Image* out) {
  std::optional<Narrower> narrower;
  if (!IsWhole(x)) {
    narrower.emplace(in, TapsFor(x, &scratch->horizontal), x.out, &scratch->plane);
  }
  const int64_t columns = out->width * 3;
  uint8_t* to = out->pixels.data();
  if (IsWhole(y)) {
    for (int64_t i = 0; i < y.out; ++i, to += columns) narrower->Row(i, to);
    return;
  }
  const Taps& down = TapsFor(y, &scratch->vertical);
  Rows rows(in, narrower ? &*narrower : nullptr, columns, down.first.front(), down.stride,
            &scratch->ring);
  for (int64_t i = 0; i < y.out; ++i, to += columns) {
    const int64_t first = down.first[static_cast<size_t>(i)];
    const int64_t count = down.count[static_cast<size_t>(i)];
    rows.Prepare(first + count);
    SumRows(rows, columns, first, count, down.weight.data() + i * down.stride, to);
  }
}

// A pass that would change nothing is left out, as in Pillow; not both are.
void Smooth(const Image& in, const Axis& x, const Axis& y, Image* out) {
  static thread_local Scratch scratch;
  SmoothWith(in, x, y, &scratch, out);
  const size_t weights =
      scratch.horizontal.taps.weight.size() + scratch.vertical.taps.weight.size();
  if (weights > kMaxKeptWeights) scratch = {};
}

}  // namespace

Status ResampleBox(const Image& in, const Box& box, int64_t width, int64_t height,
                   Filter filter, Image* out) {
  try {
    out->width = width;
    out->height = height;
    out->pixels.resize(static_cast<size_t>(width * height * 3));
    const Axis x{in.width, width, box.left, box.right, filter};
    const Axis y{in.height, height, box.top, box.bottom, filter};
    if (IsWhole(x) && IsWhole(y)) {
      out->pixels = in.pixels;
    } else if (filter == Filter::kNearest) {
      Nearest(in, box, out);
    } else {
      Smooth(in, x, y, out);
    }
  } catch (const std::exception&) {
    return Status::OutOfMemory("no memory to resize ", in.width, " x ", in.height,
                               " pixels to ", width, " x ", height);
  }
  return Status::OK();
}

}  // namespace pomona::image
