// SPDX-License-Identifier: Apache-2.0
// The answers of heads for the pictures of a run, as a table: path, then for each head
// its target (the word), target_probability, target_known, target_candidates (the words
// that it may be, the most probable first). Of a fruit that a head was not trained on
// (scope.h) the word is kUnknown, without probability and candidates.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <arrow/type_fwd.h>

#include "pomona/base/status.h"
#include "pomona/learn/head.h"
#include "pomona/store/byte_store.h"
#include "pomona/table/tables.h"

namespace pomona::learn {

inline constexpr char kUnknown[] = "unknown";

// Heads that answer together: of different targets, for the same kind of rows. Invalid
// otherwise, saying what differs.
Status CheckTogether(const std::vector<Head>& heads);

// One row a picture; of rows with regions one for each photo and one for each fruit in it
// that the first head finds (fruits.h), with fruit_index, region, left, top, right,
// bottom and outline behind the path. Invalid where the rows were made otherwise than the
// heads' own.
Result<std::shared_ptr<arrow::Table>> AnswerRows(const std::vector<Head>& heads,
                                                 const table::FeatureTable& rows,
                                                 const table::Metadata& metadata);

// Commits the table as Parquet.
Status WriteAnswers(store::ByteStore* store, const std::string& path,
                    const arrow::Table& answers, const std::vector<Head>& heads);
// As CSV with a header; candidates are joined by "; ", outlines left out.
Result<std::string> AnswersCsv(const std::vector<std::shared_ptr<arrow::Table>>& answers);

}  // namespace pomona::learn
