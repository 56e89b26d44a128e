// SPDX-License-Identifier: Apache-2.0
// Every shape of shapes.txt with every tile and every instruction set of this CPU,
// against a plain convolution in float64.
#include "pomona/engine/native/convolve.h"

#include <cstring>
#include <numeric>

#include <gtest/gtest.h>

#include "pomona/engine/native/bf16.h"
#include "pomona/engine/native/shapes.h"

namespace pomona::engine::native {
namespace {

// A few pictures of a shape through one packed convolution.
class Bench {
 public:
  Bench(const ShapeCase& c, Isa isa, int threads, Precision precision = Precision::kF32)
      : shape_(c.shape),
        kernels_(KernelsFor(isa, precision)),
        pictures_(c.pictures),
        workers_(threads) {
    const int64_t area = shape_.height * shape_.width;
    planes_ = RandomPlanes(pictures_ * shape_.ic * area, 1);
    weights_ = RandomWeights(shape_, 2);
  }

  // dst of all pictures, channels not padded.
  std::vector<float> Direct() {
    const Conv conv = PackDirect(shape_, weights_, kernels_).ValueOrDie();
    const int64_t area = shape_.height * shape_.width;
    const Buffer padded = Buffer::Make(PaddedPlanes(shape_)).ValueOrDie();
    Buffer dst = Buffer::Make(dst_floats()).ValueOrDie();
    std::vector<float> all;
    for (int64_t i = 0; i < pictures_; ++i) {
      auto* border = const_cast<float*>(padded.data());
      PadPlanes(shape_, planes_.data() + i * shape_.ic * area, border);
      ConvolveDirect(conv, kernels_, border, dst.data(), parallel());
      Append(dst.data(), &all);
    }
    return all;
  }

  // `together`: pictures to a call of the shared way, 0 for the fused way.
  std::vector<float> Winograd(Tile tile, int64_t together) {
    const Conv conv =
        PackWinograd(shape_, tile, weights_, kernels_, &workers_).ValueOrDie();
    const ScratchSize size = ScratchFor(conv, kernels_, std::max<int64_t>(together, 1),
                                        together > 0 ? Way::kShared : Way::kFused);
    std::vector<Buffer> memory;
    std::vector<Scratch> scratch;
    const Buffer zeros = Buffer::Make(shape_.ic_padded()).ValueOrDie();
    for (int worker = 0; worker < workers_.threads(); ++worker) {
      memory.push_back(Buffer::Make(size.v).ValueOrDie());
      memory.push_back(Buffer::Make(size.m).ValueOrDie());
    }
    for (size_t i = 0; i < memory.size(); i += 2) {
      scratch.push_back({memory[i].data(), memory[i + 1].data(), zeros.data()});
    }
    const int64_t area = shape_.height * shape_.width;
    const int64_t src_floats = area * shape_.ic_padded();
    Buffer src = Buffer::Make(src_floats * pictures_).ValueOrDie();
    Buffer dst = Buffer::Make(dst_floats() * pictures_).ValueOrDie();
    for (int64_t i = 0; i < pictures_; ++i) {
      ToPixels(shape_, planes_.data() + i * shape_.ic * area,
               src.data() + i * src_floats);
    }
    const int64_t step = std::max<int64_t>(together, 1);
    for (int64_t i = 0; i < pictures_; i += step) {
      const float* from = src.data() + i * src_floats;
      float* to = dst.data() + i * dst_floats();
      if (together > 0) {
        ConvolveShared(conv, kernels_, {from, src_floats}, {to, dst_floats()},
                       std::min(step, pictures_ - i), scratch[0], parallel());
      } else {
        ConvolveFused(conv, kernels_, from, to, scratch.data(), parallel());
      }
    }
    std::vector<float> all;
    for (int64_t i = 0; i < pictures_; ++i) Append(dst.data() + i * dst_floats(), &all);
    return all;
  }

  std::vector<double> Plain() const {
    std::vector<double> all;
    const int64_t picture = shape_.ic * shape_.height * shape_.width;
    for (int64_t i = 0; i < pictures_; ++i) {
      const auto one = PlainConvolution(shape_, planes_.data() + i * picture, weights_);
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  }

 private:
  int64_t dst_floats() const {
    return shape_.dst_height() * shape_.dst_width() * shape_.oc_padded();
  }
  Parallel parallel() {
    return [this](int64_t n, const WorkerPool::Work& work) { workers_.Run(n, work); };
  }
  void Append(const float* dst, std::vector<float>* all) const {
    for (int64_t p = 0; p < shape_.dst_height() * shape_.dst_width(); ++p) {
      const float* pixel = dst + p * shape_.oc_padded();
      all->insert(all->end(), pixel, pixel + shape_.oc);
    }
  }

  const ConvShape shape_;
  const Kernels& kernels_;
  const int64_t pictures_;
  WorkerPool workers_;
  std::vector<float> planes_;
  model::ConvWeights weights_;
};

// 2-norm of the difference over that of `want`.
double Error(const std::vector<double>& want, const std::vector<float>& got) {
  EXPECT_EQ(want.size(), got.size());
  double difference = 0;
  double norm = 0;
  for (size_t i = 0; i < std::min(want.size(), got.size()); ++i) {
    difference += (want[i] - got[i]) * (want[i] - got[i]);
    norm += want[i] * want[i];
  }
  return std::sqrt(difference / std::max(norm, 1e-30));
}

std::vector<Isa> Isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::kPortable, Isa::kAvx2, Isa::kAvx512}) {
    if (isa <= DetectCpu().isa) isas.push_back(isa);
  }
  return isas;
}

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

#ifdef POMONA_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// The plain one takes a second for the large shapes: smaller ones of the same kind.
std::vector<ShapeCase> TestShapes() {
  std::vector<ShapeCase> cases = ReadShapes();
  for (ShapeCase& c : cases) {
    c.pictures = std::min<int64_t>(c.pictures, 2);
    const int64_t work = c.shape.ic * c.shape.oc * c.shape.height * c.shape.width;
    if (work > 4'000'000) c.pictures = 1;
    if (work > 40'000'000) c.shape.oc = 32;
  }
  if (kSanitized) {
    std::erase_if(cases,
                  [](const ShapeCase& c) { return c.shape.ic * c.shape.oc > 2048; });
  }
  return cases;
}

class Convolve : public ::testing::TestWithParam<ShapeCase> {};

TEST_P(Convolve, AgreesWithAPlainOne) {
  const ShapeCase& c = GetParam();
  // What float32 gives for 512 channels of noise; real features are nearer.
  const double bound[kTiles] = {1.5e-6, 6e-6, 1.2e-5, 6e-6};
  std::vector<double> want;
  for (const Isa isa : Isas()) {
    Bench bench(c, isa, 2);
    if (want.empty()) want = bench.Plain();
    if (!c.shape.pool) {
      EXPECT_LT(Error(want, bench.Direct()), 1e-6) << IsaName(isa);
    }
    for (const Tile tile : {Tile::kF2, Tile::kF4, Tile::kF6, Tile::kF4Even}) {
      const std::vector<float> fused = bench.Winograd(tile, 0);
      EXPECT_LT(Error(want, fused), bound[static_cast<int>(tile)])
          << IsaName(isa) << ", tile " << TileOut(tile);
      EXPECT_TRUE(SameBits(fused, bench.Winograd(tile, c.pictures)))
          << "the shared way, " << IsaName(isa) << ", tile " << TileOut(tile);
    }
  }
}

// bfloat16 keeps 8 bits of a factor. Of noise that is this much; of real features, whose
// channels are many and alike, less (vgg16_test.cc).
TEST_P(Convolve, InBf16AgreesWithAPlainOne) {
  const ShapeCase& c = GetParam();
  Bench reference(c, Isa::kPortable, 2, Precision::kBf16);
  const std::vector<double> plain = reference.Plain();
  EXPECT_LT(Error(plain, reference.Winograd(Tile::kF2, 0)),
            c.shape.ic < 16 ? 2e-2 : 5e-3);
  const std::vector<float> want = reference.Winograd(Tile::kF4Even, 0);
  const double error = Error(plain, want);
  RecordProperty("error", std::to_string(error));
  EXPECT_LT(error, c.shape.ic < 16 ? 6e-2 : 1.3e-2);
  EXPECT_TRUE(SameBits(want, reference.Winograd(Tile::kF4Even, c.pictures)));
  if (DetectCpu().isa < Isa::kAvx512Bf16) return;
  Bench here(c, Isa::kAvx512Bf16, 2, Precision::kBf16);
  const std::vector<float> got = here.Winograd(Tile::kF4Even, 0);
  // The portable transforms have no fused multiply-add: now and then a factor is rounded
  // to the other side.
  EXPECT_LT(Error(std::vector<double>(want.begin(), want.end()), got), 1e-3);
  EXPECT_TRUE(SameBits(got, here.Winograd(Tile::kF4Even, c.pictures)));
}

INSTANTIATE_TEST_SUITE_P(Shapes, Convolve, ::testing::ValuesIn(TestShapes()),
                         [](const auto& info) { return info.param.name; });

TEST(Convolve, ShapesAreRead) { EXPECT_GT(ReadShapes().size(), 20U); }

TEST(Convolve, BitsDoNotDependOnThreadsOrOnHowManyPicturesGoTogether) {
  ShapeCase c{"", 5, {}};
  c.shape = {32, 48, 14, 17, true};
  const Isa isa = DetectCpu().isa;
  for (const Tile tile : {Tile::kF2, Tile::kF4, Tile::kF6, Tile::kF4Even}) {
    const auto precision = tile == Tile::kF4Even ? Precision::kBf16 : Precision::kF32;
    const std::vector<float> want = Bench(c, isa, 1, precision).Winograd(tile, 0);
    for (const int threads : {1, 2, 4}) {
      for (const int64_t together : {0, 1, 2, 5}) {
        EXPECT_TRUE(
            SameBits(want, Bench(c, isa, threads, precision).Winograd(tile, together)))
            << threads << " threads, " << together << " together";
      }
    }
  }
}

// What VDPBF16PS does is what the portable kernel does, bit for bit.
TEST(Bf16Products, HaveTheBitsOfThePortableOnes) {
  if (DetectCpu().isa < Isa::kAvx512Bf16) GTEST_SKIP() << "no AVX-512 BF16 on this CPU";
  constexpr int64_t kBlocks = 3;
  constexpr int64_t kN = 32;
  const Kernels& fast = kAvx512Bf16Kernels;
  const Kernels& plain = kPortableBf16Kernels;
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  const int64_t rows = fast.rows;
  // a[row][k] and b[k][n], packed as each kernel wants them.
  std::vector<uint16_t> a(static_cast<size_t>(rows * kBlocks * kLane));
  std::vector<uint16_t> b(static_cast<size_t>(kBlocks * kLane * kN));
  for (uint16_t& x : a) x = RoundToBf16(normal(random));
  for (uint16_t& x : b) x = RoundToBf16(normal(random));
  const auto multiply = [&](const Kernels& kernels, int64_t panel) {
    Buffer packed_b = Buffer::Make(kBlocks * kLane * panel / 2).ValueOrDie();
    Buffer c = Buffer::Make(rows * kN).ValueOrDie();
    for (int64_t first = 0; first < kN; first += panel) {
      auto* to_b = reinterpret_cast<uint16_t*>(packed_b.data());
      for (int64_t k = 0; k < kBlocks * kLane; ++k) {
        for (int64_t n = 0; n < panel; ++n) {
          to_b[(k / 2 * panel + n) * 2 + k % 2] =
              b[static_cast<size_t>(k * kN + first + n)];
        }
      }
      for (int64_t row = 0; row < rows; ++row) {  // groups of one row
        Buffer packed_a = Buffer::Make(kernels.rows * kBlocks * kLane / 2).ValueOrDie();
        auto* to_a = reinterpret_cast<uint16_t*>(packed_a.data());
        for (int64_t k = 0; k < kBlocks * kLane; ++k) {
          to_a[k / kLane * kernels.rows * kLane + k % kLane] =
              a[static_cast<size_t>(row * kBlocks * kLane + k)];
        }
        Buffer line = Buffer::Make(panel).ValueOrDie();
        kernels.gemm(
            {packed_a.data(), 0, packed_b.data(), line.data(), 0, 1, kBlocks, panel});
        std::copy(line.data(), line.data() + panel, c.data() + row * kN + first);
      }
    }
    return std::vector<float>(c.data(), c.data() + c.size());
  };
  EXPECT_TRUE(SameBits(multiply(plain, 16), multiply(fast, 16)));
  EXPECT_TRUE(SameBits(multiply(plain, 16), multiply(fast, 32)));
}

TEST(RoundToBf16, IsToNearestTiesToEven) {
  const struct {
    uint32_t bits;
    uint16_t want;
  } cases[] = {{0x3F800000, 0x3F80}, {0x3F808000, 0x3F80}, {0x3F818000, 0x3F82},
               {0x3F808001, 0x3F81}, {0xBF80FFFF, 0xBF81}, {0x7F7FFFFF, 0x7F80},
               {0x7F800000, 0x7F80}, {0x7F800001, 0x7FC0}, {0x00000000, 0x0000}};
  for (const auto& c : cases) {
    float x = 0;
    std::memcpy(&x, &c.bits, sizeof(x));
    EXPECT_EQ(RoundToBf16(x), c.want) << std::hex << c.bits;
  }
}

}  // namespace
}  // namespace pomona::engine::native
