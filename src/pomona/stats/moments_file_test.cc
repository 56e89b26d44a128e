// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include <gtest/gtest.h>

#include "pomona/base/hash.h"
#include "pomona/stats/moments.h"

namespace pomona::stats {
namespace {

Moments Random(int64_t n, int64_t dim) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-1, 3);
  std::vector<float> rows(n * dim);
  for (float& x : rows) x = std::max(0.0F, uniform(random));
  Moments m = Moments::Make(dim).ValueOrDie();
  EXPECT_TRUE(m.Update(rows.data(), n).ok());
  m.Flush();
  return m;
}

void ExpectSameState(const Moments& a, const Moments& b) {
  EXPECT_EQ(a.count(), b.count());
  ASSERT_EQ(a.dim(), b.dim());
  EXPECT_TRUE(std::ranges::equal(a.mean(), b.mean()));
  EXPECT_TRUE(std::ranges::equal(a.scatter(), b.scatter()));
}

// Makes a header true again after a change of the bytes.
void Reseal(std::string* file) {
  const std::string digest = HexSha256(file->substr(0, 40) + file->substr(104));
  std::copy(digest.begin(), digest.end(), file->begin() + 40);
}

TEST(MomentsFile, RoundTripKeepsEveryBit) {
  struct {
    int64_t rows, dim;
  } const cases[] = {{1, 1}, {5, 3}, {3, 100}, {512, 600}, {513, 600}, {1200, 20}};
  for (const auto& c : cases) {
    const Moments m = Random(c.rows, c.dim);
    const std::string file = m.Serialize().ValueOrDie();
    EXPECT_EQ(file, m.Serialize().ValueOrDie());
    const Moments back = Moments::Deserialize(file).ValueOrDie();
    ExpectSameState(m, back);
    EXPECT_EQ(back.Serialize().ValueOrDie(), file);
  }
}

TEST(MomentsFile, OfNoRows) {
  const Moments m = Moments::Make(50).ValueOrDie();
  const Moments back = Moments::Deserialize(m.Serialize().ValueOrDie()).ValueOrDie();
  ExpectSameState(m, back);
}

TEST(MomentsFile, FewRowsAreASmallFile) {
  EXPECT_LT(Random(40, 1000).Serialize().ValueOrDie().size(), 200'000U);
  EXPECT_GT(Random(600, 1000).Serialize().ValueOrDie().size(), 4'000'000U);
}

TEST(MomentsFile, EveryCutAndEveryFlippedBitIsFound) {
  for (int64_t rows : {3, 30}) {  // both forms
    const std::string file = Random(rows, 10).Serialize().ValueOrDie();
    for (size_t n = 0; n < file.size(); ++n) {
      ASSERT_FALSE(Moments::Deserialize(file.substr(0, n)).ok()) << n;
      std::string bad = file;
      bad[n] = static_cast<char>(bad[n] ^ 4);
      ASSERT_FALSE(Moments::Deserialize(bad).ok()) << n;
    }
    EXPECT_FALSE(Moments::Deserialize(file + "x").ok());
  }
}

// Well-sealed files whose content is wrong: offset, 8 bytes to put there, word of the
// error.
TEST(MomentsFile, SealedNonsenseIsRefused) {
  const std::string rows = Random(3, 10).Serialize().ValueOrDie();
  const std::string triangle = Random(30, 10).Serialize().ValueOrDie();
  const auto bits = [](double x) {
    uint64_t u;
    std::memcpy(&u, &x, 8);
    return u;
  };
  struct {
    const std::string& file;
    size_t at;
    uint64_t value;
    const char* message;
  } const cases[] = {
      {triangle, 8, 2, "version 2"},
      {triangle, 8, (uint64_t{7} << 32) | 1, "form 7"},
      {triangle, 16, 0, "0 columns"},
      {triangle, 16, 11, "does not fit 11 columns"},
      {triangle, 16, 60'000, "60000 columns"},
      {triangle, 16, ~uint64_t{0}, "columns"},
      {triangle, 24, 0, "count of 0"},
      {triangle, 24, ~uint64_t{0}, "count of"},
      {triangle, 32, ~uint64_t{0}, "announced"},
      {triangle, 104, bits(std::nan("")), "not finite"},
      {triangle, 104 + 10 * 8, bits(-1.0), "negative variance"},
      {rows, 24, 513, "513 rows"},
      {rows, 24, 4, "damaged"},
      {rows, 16, 9, "damaged"},
      {rows, 104, 0, "damaged"},
  };
  for (const auto& c : cases) {
    std::string bad = c.file;
    std::memcpy(bad.data() + c.at, &c.value, 8);
    Reseal(&bad);
    const Status status = Moments::Deserialize(bad).status();
    EXPECT_TRUE(status.IsInvalid()) << c.message;
    EXPECT_NE(status.message().find(c.message), std::string::npos)
        << c.message << " not in: " << status;
  }
}

TEST(MomentsFile, LimitsMemory) {
  const std::string file = Random(30, 10).Serialize().ValueOrDie();
  EXPECT_TRUE(Moments::Deserialize(file, 10).ok());
  EXPECT_FALSE(Moments::Deserialize(file, 9).ok());
}

}  // namespace
}  // namespace pomona::stats
