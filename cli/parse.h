// SPDX-License-Identifier: Apache-2.0
// Texts of command-line options as values. Errors say what was found and what is right;
// the option's name is put before them by the caller.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/image/preprocess.h"
#include "pomona/model/backbone.h"
#include "pomona/stats/reducer.h"

namespace pomona::cli {

// "5%" or "0.05": a share, 0 .. 1.
Result<double> ParseShare(const std::string& text);

struct Size {
  int64_t height = 0;
  int64_t width = 0;
};
// "100" is a square, "120x160" height x width; 1 .. 16,384 each.
Result<Size> ParseSize(const std::string& text);

// "255,255,255", "#ffffff", "white" or "black".
Result<std::array<uint8_t, 3>> ParseColor(const std::string& text);

// Three numbers "a,b,c", or one for all three.
Result<std::array<float, 3>> ParseTriple(const std::string& text);

// A list "a,b" of words, each one of `allowed`; no doubles. "" is the empty list.
Result<std::vector<std::string>> ParseWords(const std::string& text,
                                            const std::vector<std::string>& allowed);

Result<bool> ParseYesNo(const std::string& text);
Result<image::Fit> ParseFit(const std::string& text);
Result<image::Filter> ParseFilter(const std::string& text);
Result<image::WhiteBalance> ParseWhiteBalance(const std::string& text);
Result<image::Views> ParseViews(const std::string& text);
Result<image::RegionSet> ParseRegions(const std::string& text);
// Whether colour stands beside the network.
Result<bool> ParseDescriptors(const std::string& text);
Result<model::Pool> ParsePool(const std::string& text);
Result<stats::Convention> ParseConvention(const std::string& text);
Result<stats::Pca> ParsePca(const std::string& text);

}  // namespace pomona::cli
