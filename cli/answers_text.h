// SPDX-License-Identifier: Apache-2.0
// Answers for people and programs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "pomona/base/status.h"
#include "pomona/learn/head.h"

namespace pomona::cli {

// Photos by their paths in tables: as they were typed.
using Typed = std::map<std::string, std::string>;
std::string TypedName(const std::string& path, const Typed& typed);

// "fruit, maturity (of Avocado, Tomato)": for what they answer, and of which fruits.
Result<std::string> HeadsText(const std::vector<learn::Head>& heads);

using AnswerTables = std::vector<std::shared_ptr<arrow::Table>>;
// Prints a table, or a line of JSON for each picture.
Status ShowAnswers(const AnswerTables& tables, const std::vector<learn::Head>& heads,
                   bool json, const Typed& typed);

}  // namespace pomona::cli
