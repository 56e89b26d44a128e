// SPDX-License-Identifier: Apache-2.0
#include "scree.h"

#include <algorithm>

#include "text.h"

namespace pomona::cli {
namespace {

std::string Padded(const std::string& text, size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

}  // namespace

std::string ScreeBars(const std::vector<double>& shares, size_t kept, int width,
                      bool unicode, size_t max_rows) {
  if (shares.empty()) return "";
  constexpr int kFixed = 5 + 2 + 8 + 2 + 8 + 2;  // the columns before the bar
  const int bar = std::clamp(width - kFixed - 1, 0, 60);
  const double largest = *std::max_element(shares.begin(), shares.end());
  const bool all = shares.size() <= max_rows;
  std::string text = "   PC     share     total\n";
  double total = 0;
  bool skipped = false;
  for (size_t i = 0; i < shares.size(); ++i) {
    total += shares[i];
    const bool last = i + 1 == shares.size();
    if (all || i + 1 < max_rows || last) {
      const std::string drawn = Bar(largest > 0 ? shares[i] / largest : 0, bar, unicode);
      std::string line = Padded(std::to_string(i + 1), 5) + "  " +
                         Padded(Percent(shares[i]), 8) + "  " +
                         Padded(Percent(total), 8) + "  " + drawn;
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    } else if (!skipped) {
      text += Padded("...", 5) + "\n";
      skipped = true;
    }
    if (i + 1 == kept && !last && (all || i + 1 < max_rows)) {
      text += "       -- the reducer keeps these " + std::to_string(kept) + " --\n";
    }
  }
  return text;
}

}  // namespace pomona::cli
