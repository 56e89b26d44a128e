// SPDX-License-Identifier: Apache-2.0
// How --help looks: "--name TYPE  text [default]".
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace pomona::cli {

class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter() { column_width(28); }
  std::string make_option_name(const CLI::Option* option, bool positional) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
  std::string make_usage(const CLI::App* app, std::string name) const override;
};

// `text` in lines of at most `width` columns, broken at spaces.
std::string Wrapped(const std::string& text, size_t width);

}  // namespace pomona::cli
