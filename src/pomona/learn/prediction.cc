// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/prediction.h"

#include <cstdio>

#include <arrow/table.h>

#include "pomona/job/feature_files.h"
#include "pomona/job/reuse.h"
#include "pomona/learn/answers.h"

namespace pomona::learn {

Status AdoptHeadSettings(const Head& head, job::Settings* settings) {
  if (!head.metadata.contains("pomona.contract") ||
      !head.metadata.contains("pomona.network")) {
    return Status::Invalid(
        "the head does not say how pictures became its rows: it takes feature rows "
        "alone");
  }
  settings->reduce = false;
  if (const auto found = head.metadata.find("pomona.precision");
      found != head.metadata.end()) {
    settings->precision = found->second;
  }
  return job::AdoptRowSettings(head.metadata, settings);
}

Result<std::vector<std::shared_ptr<arrow::Table>>> AnswerTables(
    const std::vector<Head>& heads, const std::string& source) {
  std::vector<std::shared_ptr<arrow::Table>> tables;
  ARROW_RETURN_NOT_OK(job::ForEachFeatures(
      source, [&](const table::FeatureTable& rows, const table::Metadata& metadata) {
        ARROW_ASSIGN_OR_RAISE(tables.emplace_back(), AnswerRows(heads, rows, metadata));
        return Status::OK();
      }));
  return tables;
}

Status SaveAnswers(const std::vector<std::shared_ptr<arrow::Table>>& tables,
                   const std::vector<Head>& heads, const std::string& destination) {
  ARROW_ASSIGN_OR_RAISE(const auto store, store::OpenByteStore(destination));
  for (size_t i = 0; i < tables.size(); ++i) {
    char name[48];
    std::snprintf(name, sizeof(name), "answers/part-%05zu.parquet", i);
    ARROW_RETURN_NOT_OK(WriteAnswers(store.get(), name, *tables[i], heads));
  }
  ARROW_ASSIGN_OR_RAISE(const std::string csv, AnswersCsv(tables));
  return store->Put("answers.csv", csv);
}

}  // namespace pomona::learn
