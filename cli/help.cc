// SPDX-License-Identifier: Apache-2.0
#include "help.h"

#include <sstream>

#include "text.h"

namespace pomona::cli {

std::string Wrapped(const std::string& text, size_t width) {
  std::istringstream words(text);
  std::string wrapped;
  size_t column = 0;
  for (std::string word; words >> word;) {
    const size_t columns = Columns(word);
    if (column > 0 && column + 1 + columns > width) {
      wrapped += '\n';
      column = 0;
    }
    wrapped += (column > 0 ? " " : "") + word;
    column += columns + (column > 0 ? 1 : 0);
  }
  return wrapped;
}

std::string HelpFormatter::make_option_name(const CLI::Option* option,
                                            bool positional) const {
  std::string name = option->get_name(positional, !positional);
  // CLI11 writes a flag that turns off as "--no-center{false}".
  for (size_t at; (at = name.find("{false}")) != std::string::npos;) name.erase(at, 7);
  for (size_t at = 0; (at = name.find(',', at)) != std::string::npos; at += 2) {
    name.insert(at + 1, " ");
  }
  return name;
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  return option->get_type_size() == 0 || option->get_positional()
             ? ""
             : " " + option->get_type_name();
}

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  constexpr size_t kWidth = 92;
  std::string text = option->get_description();
  if (!option->get_default_str().empty()) text += " [" + option->get_default_str() + "]";
  return Wrapped(text, kWidth - get_column_width());
}

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
  if (app->get_parent() != nullptr) name = "pomona " + app->get_name();
  return CLI::Formatter::make_usage(app, name);
}

}  // namespace pomona::cli
