// SPDX-License-Identifier: Apache-2.0
#include "parse.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace pomona::cli {
namespace {

// The whole text as a finite number.
template <typename T>
Result<T> Number(const std::string& text) {
  T value{};
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, value);
  bool whole = error == std::errc() && stop == end && !text.empty();
  if constexpr (std::is_floating_point_v<T>) whole = whole && std::isfinite(value);
  if (!whole) return Status::Invalid("'", text, "' is not a number");
  return value;
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string Join(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

// The value that `text` names in a table of words.
template <typename T, size_t N>
Result<T> Choice(const std::string& text, const std::pair<const char*, T> (&table)[N]) {
  std::vector<std::string> words;
  for (const auto& [word, value] : table) {
    if (text == word) return value;
    words.emplace_back(word);
  }
  return Status::Invalid("'", text, "' is none of: ", Join(words));
}

Result<int64_t> Side(const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(int64_t side, Number<int64_t>(text));
  if (side < 1 || side > 16384) {
    return Status::Invalid(side, " is not in 1 .. 16384");
  }
  return side;
}

Result<std::array<uint8_t, 3>> HexColor(const std::string& text) {
  uint32_t rgb = 0;
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data() + 1, end, rgb, 16);
  if (text.size() != 7 || error != std::errc() || stop != end) {
    return Status::Invalid("'", text, "' is no colour such as #ff8000");
  }
  return std::array<uint8_t, 3>{static_cast<uint8_t>(rgb >> 16),
                                static_cast<uint8_t>(rgb >> 8),
                                static_cast<uint8_t>(rgb)};
}

}  // namespace

Result<double> ParseShare(const std::string& text) {
  const bool percent = !text.empty() && text.back() == '%';
  auto number = Number<double>(percent ? text.substr(0, text.size() - 1) : text);
  if (!number.ok()) {
    return Status::Invalid("'", text, "' is no share; write 5% or 0.05");
  }
  const double share = percent ? *number / 100 : *number;
  if (share < 0 || share > 1) {
    return Status::Invalid(text, " is not in 0% .. 100% (0 .. 1)");
  }
  return share;
}

Result<Size> ParseSize(const std::string& text) {
  const auto parts = Split(text, 'x');
  if (parts.size() > 2) {
    return Status::Invalid("'", text, "' is no size; write 100 or 120x160");
  }
  ARROW_ASSIGN_OR_RAISE(int64_t height, Side(parts.front()));
  ARROW_ASSIGN_OR_RAISE(int64_t width, Side(parts.back()));
  return Size{height, width};
}

Result<std::array<uint8_t, 3>> ParseColor(const std::string& text) {
  if (text == "white") return std::array<uint8_t, 3>{255, 255, 255};
  if (text == "black") return std::array<uint8_t, 3>{0, 0, 0};
  if (!text.empty() && text.front() == '#') return HexColor(text);
  const auto parts = Split(text, ',');
  std::array<uint8_t, 3> color{};
  for (size_t i = 0; i < 3; ++i) {
    auto level = parts.size() == 3 ? Number<int>(parts[i]) : Result<int>(-1);
    if (!level.ok() || *level < 0 || *level > 255) {
      return Status::Invalid("'", text,
                             "' is no colour; write white, #ff8000 or 255,128,0");
    }
    color[i] = static_cast<uint8_t>(*level);
  }
  return color;
}

Result<std::array<float, 3>> ParseTriple(const std::string& text) {
  const auto parts = Split(text, ',');
  if (parts.size() != 1 && parts.size() != 3) {
    return Status::Invalid("'", text, "' is not one number or three, as in 0.5,0.5,0.5");
  }
  std::array<float, 3> values{};
  for (size_t i = 0; i < 3; ++i) {
    ARROW_ASSIGN_OR_RAISE(values[i], Number<float>(parts[parts.size() == 1 ? 0 : i]));
  }
  return values;
}

Result<std::vector<std::string>> ParseWords(const std::string& text,
                                            const std::vector<std::string>& allowed) {
  std::vector<std::string> words;
  if (text.empty()) return words;
  for (const auto& word : Split(text, ',')) {
    if (std::find(allowed.begin(), allowed.end(), word) == allowed.end()) {
      return Status::Invalid("'", word, "' is none of: ", Join(allowed));
    }
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  return words;
}

Result<bool> ParseYesNo(const std::string& text) {
  return Choice<bool>(text, {{"yes", true}, {"no", false}});
}

Result<image::Fit> ParseFit(const std::string& text) {
  using image::Fit;
  return Choice<Fit>(
      text, {{"stretch", Fit::kStretch}, {"crop", Fit::kCrop}, {"pad", Fit::kPad}});
}

Result<image::Filter> ParseFilter(const std::string& text) {
  using image::Filter;
  return Choice<Filter>(text, {{"nearest", Filter::kNearest},
                               {"bilinear", Filter::kBilinear},
                               {"bicubic", Filter::kBicubic},
                               {"lanczos", Filter::kLanczos}});
}

Result<image::WhiteBalance> ParseWhiteBalance(const std::string& text) {
  using image::WhiteBalance;
  return Choice<WhiteBalance>(
      text, {{"none", WhiteBalance::kNone}, {"grey-world", WhiteBalance::kGreyWorld}});
}

Result<image::Views> ParseViews(const std::string& text) {
  using image::Views;
  return Choice<Views>(
      text, {{"one", Views::kOne}, {"mirror", Views::kMirror}, {"seven", Views::kSeven}});
}

Result<image::RegionSet> ParseRegions(const std::string& text) {
  using image::RegionSet;
  return Choice<RegionSet>(
      text, {{"photo", RegionSet::kPhoto}, {"fruits", RegionSet::kFruits}});
}

Result<bool> ParseDescriptors(const std::string& text) {
  return Choice<bool>(text, {{"network", false}, {"network,colour", true}});
}

Result<model::Pool> ParsePool(const std::string& text) {
  using model::Pool;
  return Choice<Pool>(text,
                      {{"none", Pool::kNone}, {"avg", Pool::kAvg}, {"max", Pool::kMax}});
}

Result<stats::Convention> ParseConvention(const std::string& text) {
  using stats::Convention;
  return Choice<Convention>(
      text, {{"spark", Convention::kSpark}, {"sklearn", Convention::kSklearn}});
}

Result<stats::Pca> ParsePca(const std::string& text) { return stats::ParsePca(text); }

}  // namespace pomona::cli
