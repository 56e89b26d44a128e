// SPDX-License-Identifier: Apache-2.0
// Enums as words.
#pragma once

#include <cstddef>
#include <string>

#include "errors.h"

namespace pomona::python {

template <typename T>
struct Word {
  const char* text;
  T value;
};

// The value of `text`; raises ValueError that lists the words.
template <typename T, size_t N>
T FromWord(const char* name, const std::string& text, const Word<T> (&words)[N]) {
  std::string all;
  for (const auto& word : words) {
    if (text == word.text) return word.value;
    all += std::string(all.empty() ? "" : ", ") + word.text;
  }
  Raise(Status::Invalid(name, " is '", text, "'; it must be one of: ", all));
}

template <typename T, size_t N>
std::string ToWord(T value, const Word<T> (&words)[N]) {
  for (const auto& word : words) {
    if (value == word.value) return word.text;
  }
  return "";
}

}  // namespace pomona::python
