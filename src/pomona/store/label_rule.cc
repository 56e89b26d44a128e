// SPDX-License-Identifier: Apache-2.0
#include <regex>

#include "pomona/store/image_source.h"

namespace pomona::store {
namespace {

// std::regex goes about ten frames deeper for each character. A longer path has no label
// instead of overrunning the stack (8 MB hold 4,096 characters, just; sanitizers' frames
// are larger).
constexpr size_t kLongestPath = 1024;

std::optional<std::string> ParentFolder(const std::string& path) {
  const size_t end = path.find_last_of('/');
  if (end == std::string::npos) return std::nullopt;
  const size_t before = end == 0 ? std::string::npos : path.find_last_of('/', end - 1);
  const size_t begin = before == std::string::npos ? 0 : before + 1;
  if (begin == end) return std::nullopt;
  return path.substr(begin, end - begin);
}

std::optional<std::string> FirstGroup(const std::regex& regex, const std::string& path) {
  if (path.size() > kLongestPath) return std::nullopt;
  try {
    std::smatch match;
    if (!std::regex_search(path, match, regex)) return std::nullopt;
    const size_t group = match.size() > 1 ? 1 : 0;
    if (!match[group].matched) return std::nullopt;
    return match[group].str();
  } catch (const std::regex_error&) {  // too complex for this path
    return std::nullopt;
  }
}

}  // namespace

Result<LabelRule> LabelRule::Parse(const std::string& text) {
  constexpr std::string_view kColumn = "column:";
  LabelRule rule;
  rule.text_ = text;
  if (text == "dir" || text == "none") return rule;
  if (text.empty()) {
    return Status::Invalid(
        "the label rule (--label-from) is empty: use 'dir', 'none', 'column:NAME' or "
        "a regular expression");
  }
  if (text.starts_with(kColumn)) {
    rule.column_ = text.substr(kColumn.size());
    if (!rule.column_.empty()) return rule;
    return Status::Invalid("label rule 'column:': name the column, as in 'column:label'");
  }
  try {
    rule.regex_ = std::make_shared<const std::regex>(
        text, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error& error) {
    return Status::Invalid("label rule '", text,
                           "' (--label-from) is no regular expression: ", error.what());
  }
  return rule;
}

std::optional<std::string> LabelRule::FromPath(const std::string& path) const {
  if (regex_ != nullptr) {
    return FirstGroup(*static_cast<const std::regex*>(regex_.get()), path);
  }
  if (text_ == "dir") return ParentFolder(path);
  return std::nullopt;
}

}  // namespace pomona::store
