// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/dates.h"

#include <array>
#include <charconv>
#include <cstdio>

namespace pomona::store::s3 {
namespace {

// The number that the digits at [begin, begin + length) spell, or -1.
int Digits(std::string_view text, size_t begin, size_t length) {
  int value = 0;
  for (size_t i = begin; i < begin + length; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

// Seconds since 1970; nullopt for a date that is not in the calendar. Years are limited
// to those whose nanoseconds fit 64 bits.
std::optional<std::time_t> ToSeconds(int year, int month, int day, int hour, int minute,
                                     int second) {
  if (year < 1970 || year > 2261 || month < 1 || month > 12 || day < 1)
    return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  if (second < 0 || second > 60) return std::nullopt;
  std::tm parts{};
  parts.tm_year = year - 1900;
  parts.tm_mon = month - 1;
  parts.tm_mday = day;
  parts.tm_hour = hour;
  parts.tm_min = minute;
  parts.tm_sec = second;
  const std::time_t seconds = timegm(&parts);
  if (parts.tm_mon != month - 1 && second < 60) return std::nullopt;  // 31 April
  return seconds;
}

// Nanoseconds of ".5", ".500" or "", followed by 'Z'; -1 for anything else.
int64_t Fraction(std::string_view text) {
  if (text.empty() || text.back() != 'Z') return -1;
  text.remove_suffix(1);
  if (text.empty()) return 0;
  if (text.front() != '.' || text.size() < 2 || text.size() > 10) return -1;
  int64_t value = Digits(text, 1, text.size() - 1);
  for (size_t digits = text.size() - 1; value >= 0 && digits < 9; ++digits) value *= 10;
  return value;
}

}  // namespace

std::string AmzDate(std::time_t seconds) {
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const size_t size = std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts);
  return {text.data(), size};
}

std::optional<int64_t> ParseIsoDate(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
      text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const auto seconds =
      ToSeconds(Digits(text, 0, 4), Digits(text, 5, 2), Digits(text, 8, 2),
                Digits(text, 11, 2), Digits(text, 14, 2), Digits(text, 17, 2));
  const int64_t fraction = Fraction(text.substr(19));
  if (!seconds.has_value() || fraction < 0) return std::nullopt;
  return static_cast<int64_t>(*seconds) * 1'000'000'000 + fraction;
}

std::optional<std::time_t> ParseHttpDate(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (text.size() != 29 || text.substr(3, 2) != ", " || text[7] != ' ' ||
      text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':' ||
      text.substr(25) != " GMT") {
    return std::nullopt;
  }
  const size_t month = kMonths.find(text.substr(8, 3));
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  return ToSeconds(Digits(text, 12, 4), static_cast<int>(month / 3) + 1,
                   Digits(text, 5, 2), Digits(text, 17, 2), Digits(text, 20, 2),
                   Digits(text, 23, 2));
}

}  // namespace pomona::store::s3
