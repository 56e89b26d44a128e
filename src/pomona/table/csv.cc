// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <string_view>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "pomona/table/tables.h"

namespace pomona::table {
namespace {

constexpr size_t kFlushAt = 1 << 20;

// RFC 4180: quoted where it holds a comma, a quote or a line break, and where it is
// empty, to tell "" from no value.
void AppendField(std::string_view text, std::string* out) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out->append(text);
    return;
  }
  *out += '"';
  for (char c : text) {
    if (c == '"') *out += '"';
    *out += c;
  }
  *out += '"';
}

// The shortest text that reads back as the same float.
void AppendNumber(float value, std::string* out) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out->append(text.data(), end);
}

}  // namespace

Status WriteReducedCsv(store::ByteStore* store, const std::string& path,
                       const ReducedTable& table) {
  ARROW_RETURN_NOT_OK(CheckReduced(table));
  ARROW_ASSIGN_OR_RAISE(auto file, store->Create(path));
  std::string text = "path,label";
  for (int64_t j = 0; j < table.k; ++j) text += ",pca_" + std::to_string(j);
  text += '\n';
  const float* number = table.rows.data();
  for (size_t i = 0; i < table.paths.size(); ++i) {
    AppendField(table.paths[i], &text);
    text += ',';
    if (table.labels[i]) AppendField(*table.labels[i], &text);
    for (int64_t j = 0; j < table.k; ++j) {
      text += ',';
      AppendNumber(*number++, &text);
    }
    text += '\n';
    if (text.size() < kFlushAt) continue;
    ARROW_RETURN_NOT_OK(file->stream()->Write(text));
    text.clear();
  }
  ARROW_RETURN_NOT_OK(file->stream()->Write(text));
  return file->Commit();
}

}  // namespace pomona::table
