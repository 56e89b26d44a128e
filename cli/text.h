// SPDX-License-Identifier: Apache-2.0
// Numbers and bars as people read them. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pomona::cli {

// 1234567 -> "1,234,567".
std::string Count(int64_t n);
// Count and a noun: "1 image", "1,234 images".
std::string Count(int64_t n, const std::string& noun);
// Bytes: "512 B", "14.7 MB" (powers of 1,000).
std::string Bytes(int64_t n);
// Seconds: "0.4 s", "12 s", "3:05 min", "2:05:09 h".
std::string Duration(double seconds);
// A share as "93.4 %".
std::string Percent(double share);
// `value` with `digits` digits after the point.
std::string Fixed(double value, int digits);
// A rate: "340" or "12.3", images a second.
std::string Rate(double rate);

// `share` (0 .. 1) of `width` columns; blocks in eighths, or '#' and '.' without unicode.
std::string Bar(double share, int width, bool unicode);

// Columns that UTF-8 text takes (a code point is one column; enough for what we print).
size_t Columns(std::string_view text);
// At most `width` columns of `text`; what is cut at the front is shown by "...".
std::string CutFront(std::string_view text, size_t width);
// Bytes that a terminal could take for a command are written as \xNN; UTF-8 stays.
std::string Printable(std::string_view text);

// Rows of cells as columns padded to equal width, two spaces apart; columns of which
// every cell but the first is a number are set right.
std::string Table(const std::vector<std::vector<std::string>>& rows);

}  // namespace pomona::cli
