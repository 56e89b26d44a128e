// SPDX-License-Identifier: Apache-2.0
// Answers of heads for the pictures of a run.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "pomona/base/status.h"
#include "pomona/job/settings.h"
#include "pomona/learn/head.h"

namespace pomona::learn {

// Makes `settings` those of the rows that the heads were trained on, so that pictures
// become such rows. Heads whose rows came from a file of weights need it named there.
Status AdoptHeadSettings(const Head& head, job::Settings* settings);

// A table of answers (answers.h) for each feature file of `source`, in order.
Result<std::vector<std::shared_ptr<arrow::Table>>> AnswerTables(
    const std::vector<Head>& heads, const std::string& source);

// The tables as answers/part-NNNNN.parquet and answers.csv of `destination`.
Status SaveAnswers(const std::vector<std::shared_ptr<arrow::Table>>& tables,
                   const std::vector<Head>& heads, const std::string& destination);

}  // namespace pomona::learn
