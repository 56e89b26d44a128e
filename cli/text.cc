// SPDX-License-Identifier: Apache-2.0
#include "text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace pomona::cli {
namespace {

bool StartsCodePoint(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

bool LooksNumeric(const std::string& cell) {
  return cell.empty() || cell.find_first_not_of("0123456789.,-+%e ") == std::string::npos;
}

}  // namespace

std::string Count(int64_t n) {
  std::string digits = std::to_string(n);
  const size_t first = n < 0 ? 1 : 0;
  for (size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string Count(int64_t n, const std::string& noun) {
  return Count(n) + " " + noun + (n == 1 ? "" : "s");
}

std::string Fixed(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string Bytes(int64_t n) {
  constexpr std::array<const char*, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(n);
  size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return Fixed(value, unit == 0 || value >= 99.95 ? 0 : 1) + " " + kUnits[unit];
}

std::string Duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "?";
  if (seconds < 9.95) return Fixed(seconds, 1) + " s";
  const auto whole = static_cast<int64_t>(std::llround(std::min(seconds, 1e15)));
  if (whole < 100) return std::to_string(whole) + " s";
  std::array<char, 64> text{};
  const long long hours = whole / 3600;
  const int minutes = static_cast<int>(whole / 60 % 60);
  const int rest = static_cast<int>(whole % 60);
  if (hours == 0) {
    std::snprintf(text.data(), text.size(), "%d:%02d min", minutes, rest);
  } else {
    std::snprintf(text.data(), text.size(), "%lld:%02d:%02d h", hours, minutes, rest);
  }
  return text.data();
}

std::string Percent(double share) { return Fixed(100 * share, 1) + " %"; }

std::string Rate(double rate) {
  return rate < 99.95 ? Fixed(rate, 1) : Count(std::llround(rate));
}

std::string Bar(double share, int width, bool unicode) {
  if (width <= 0) return "";
  const double clamped = std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0.0;
  if (!unicode) {
    const auto full = static_cast<size_t>(std::lround(clamped * width));
    return std::string(full, '#') + std::string(static_cast<size_t>(width) - full, '.');
  }
  constexpr std::array<const char*, 9> kEighths = {" ", "▏", "▎", "▍", "▌",
                                                   "▋", "▊", "▉", "█"};
  const auto eighths = static_cast<int>(std::lround(clamped * width * 8));
  std::string bar;
  for (int i = 0; i < width; ++i) {
    bar += kEighths[static_cast<size_t>(std::clamp(eighths - 8 * i, 0, 8))];
  }
  return bar;
}

size_t Columns(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), StartsCodePoint));
}

std::string CutFront(std::string_view text, size_t width) {
  if (Columns(text) <= width) return std::string(text);
  if (width <= 3) return std::string(width, '.');
  size_t surplus = Columns(text) - (width - 3);
  size_t at = 0;
  while (at < text.size() && (surplus > 0 || !StartsCodePoint(text[at]))) {
    if (StartsCodePoint(text[at])) --surplus;
    ++at;
  }
  return "..." + std::string(text.substr(at));
}

std::string Printable(std::string_view text) {
  std::string safe;
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      safe += c;
      continue;
    }
    std::array<char, 5> escaped{};
    std::snprintf(escaped.data(), escaped.size(), "\\x%02X", byte);
    safe += escaped.data();
  }
  return safe;
}

std::string Table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  std::vector<bool> numeric;
  for (size_t r = 0; r < rows.size(); ++r) {
    widths.resize(std::max(widths.size(), rows[r].size()), 0);
    numeric.resize(widths.size(), true);
    for (size_t c = 0; c < rows[r].size(); ++c) {
      widths[c] = std::max(widths[c], Columns(rows[r][c]));
      if (r > 0 && !LooksNumeric(rows[r][c])) numeric[c] = false;
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string gap(widths[c] - Columns(row[c]), ' ');
      line += (c == 0 ? "" : "  ") + (numeric[c] ? gap + row[c] : row[c] + gap);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace pomona::cli
