// SPDX-License-Identifier: Apache-2.0
#include "pomona/table/npz.h"

#include <algorithm>
#include <bit>
#include <string_view>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "pomona/table/tables.h"

namespace pomona::table {
namespace {

static_assert(std::endian::native == std::endian::little,
              "arrays are written as they are");

constexpr size_t kFlushAt = 1 << 20;

// NPY format 1.0: magic, length, a Python dict padded to 64 bytes.
std::string NpyHeader(const std::string& type, const std::string& shape) {
  std::string dict =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + shape + "), }";
  dict.append(63 - (10 + dict.size()) % 64, ' ');
  dict += '\n';
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(dict.size() & 0xFF);
  out += static_cast<char>(dict.size() >> 8);
  return out + dict;
}

// The code points of well-formed UTF-8; a byte that is not becomes U+FFFD.
std::u32string CodePoints(std::string_view text) {
  std::u32string out;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i]);
    const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || i + size > text.size()) {
      out += U'\uFFFD';
      ++i;
      continue;
    }
    char32_t point = size == 1 ? lead : lead & (0xFFU >> (size + 1));
    for (size_t j = 1; j < size; ++j) {
      point = (point << 6) | (static_cast<uint8_t>(text[i + j]) & 0x3F);
    }
    out += point;
    i += size;
  }
  return out;
}

// "3, 4", "3,", "".
std::string ShapeTuple(const std::vector<int64_t>& shape) {
  std::string text;
  for (const int64_t side : shape) {
    text += (text.empty() ? "" : " ") + std::to_string(side) + ",";
  }
  if (shape.size() > 1) text.pop_back();
  return text;
}

template <typename T>
Status AddNumbers(ZipWriter* zip, const std::string& name, const char* type,
                  const std::vector<int64_t>& shape, const std::vector<T>& values) {
  size_t count = 1;
  for (const int64_t side : shape) count *= static_cast<size_t>(side);
  if (count != values.size()) {
    return Status::Invalid("array ", name, ": ", values.size(),
                           " numbers for the shape (", ShapeTuple(shape), ")");
  }
  return zip->Add(name + ".npy", [&](const ZipWriter::Sink& sink) -> Status {
    ARROW_RETURN_NOT_OK(sink(NpyHeader(type, ShapeTuple(shape))));
    return sink(
        {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
  });
}

// Texts under a shape that holds `n` of them.
Status AddTextArray(ZipWriter* zip, const std::string& name, const std::string& shape,
                    size_t n, const std::function<std::string_view(size_t)>& text) {
  size_t longest = 1;
  for (size_t i = 0; i < n; ++i) longest = std::max(longest, CodePoints(text(i)).size());
  return zip->Add(name + ".npy", [&](const ZipWriter::Sink& sink) -> Status {
    ARROW_RETURN_NOT_OK(sink(NpyHeader("<U" + std::to_string(longest), shape)));
    std::string block;
    for (size_t i = 0; i < n; ++i) {
      std::u32string points = CodePoints(text(i));
      points.resize(longest, U'\0');
      block.append(reinterpret_cast<const char*>(points.data()), longest * 4);
      if (block.size() < kFlushAt) continue;
      ARROW_RETURN_NOT_OK(sink(block));
      block.clear();
    }
    return sink(block);
  });
}

}  // namespace

Status AddArray(ZipWriter* zip, const std::string& name,
                const std::vector<int64_t>& shape, const std::vector<float>& values) {
  return AddNumbers(zip, name, "<f4", shape, values);
}

Status AddArray(ZipWriter* zip, const std::string& name,
                const std::vector<int64_t>& shape, const std::vector<double>& values) {
  return AddNumbers(zip, name, "<f8", shape, values);
}

Status AddTexts(ZipWriter* zip, const std::string& name, size_t n,
                const std::function<std::string_view(size_t)>& text) {
  return AddTextArray(zip, name, ShapeTuple({static_cast<int64_t>(n)}), n, text);
}

Status AddText(ZipWriter* zip, const std::string& name, std::string_view text) {
  return AddTextArray(zip, name, "", 1, [text](size_t) { return text; });
}

Status WriteReducedNpz(store::ByteStore* store, const std::string& path,
                       const ReducedTable& table) {
  ARROW_RETURN_NOT_OK(CheckReduced(table));
  ARROW_ASSIGN_OR_RAISE(auto file, store->Create(path));
  ZipWriter zip(file->stream());
  const size_t n = table.paths.size();
  ARROW_RETURN_NOT_OK(AddTexts(
      &zip, "path", n, [&](size_t i) { return std::string_view(table.paths[i]); }));
  ARROW_RETURN_NOT_OK(AddTexts(&zip, "label", n, [&](size_t i) {
    return table.labels[i] ? std::string_view(*table.labels[i]) : std::string_view();
  }));
  ARROW_RETURN_NOT_OK(
      AddArray(&zip, "pca", {static_cast<int64_t>(n), table.k}, table.rows));
  ARROW_RETURN_NOT_OK(zip.Finish());
  return file->Commit();
}

}  // namespace pomona::table
