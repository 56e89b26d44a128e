// SPDX-License-Identifier: Apache-2.0
// Arrays of an NPZ archive (NPY format 1.0), added to a zip one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/table/zip.h"

namespace pomona::table {

// `values` in C order as float32 or float64; an empty shape is a single number. NAME.npy
// in the archive, NAME in numpy.load. Invalid where shape and number of values differ.
Status AddArray(ZipWriter* zip, const std::string& name,
                const std::vector<int64_t>& shape, const std::vector<float>& values);
Status AddArray(ZipWriter* zip, const std::string& name,
                const std::vector<int64_t>& shape, const std::vector<double>& values);

// n texts (UTF-8), each padded to the longest.
Status AddTexts(ZipWriter* zip, const std::string& name, size_t n,
                const std::function<std::string_view(size_t)>& text);
// One text, as an array without dimensions: str(numpy.load(FILE)[NAME]).
Status AddText(ZipWriter* zip, const std::string& name, std::string_view text);

}  // namespace pomona::table
