// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/answers.h"

#include <set>
#include <utility>

#include <arrow/api.h>
#include <arrow/csv/api.h>
#include <arrow/io/memory.h>

#include "pomona/learn/fruits.h"
#include "pomona/learn/head_store.h"
#include "pomona/learn/scope.h"
#include "pomona/table/fruit_columns.h"
#include "pomona/table/parquet_file.h"

namespace pomona::learn {
namespace {

constexpr int64_t kRowsPerGroup = 65'536;
constexpr char kCandidates[] = "_candidates";
constexpr char kOutline[] = "outline";

struct Columns {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;

  Status Add(const std::string& name, arrow::ArrayBuilder* builder, bool nulls = false) {
    ARROW_ASSIGN_OR_RAISE(auto array, builder->Finish());
    fields.push_back(arrow::field(name, array->type(), nulls));
    arrays.push_back(std::move(array));
    return Status::OK();
  }
};

// `in_scope`: of each row whether the head may speak of it.
Status AddHead(const Head& head, const std::vector<Answer>& answers,
               const std::vector<char>& in_scope, Columns* columns) {
  arrow::StringBuilder words;
  arrow::DoubleBuilder probabilities;
  arrow::BooleanBuilder known;
  auto each = std::make_shared<arrow::StringBuilder>();
  arrow::ListBuilder candidates(arrow::default_memory_pool(), each);
  for (size_t i = 0; i < answers.size(); ++i) {
    const Answer& answer = answers[i];
    if (in_scope[i] == 0) {
      ARROW_RETURN_NOT_OK(words.Append(kUnknown));
      ARROW_RETURN_NOT_OK(probabilities.AppendNull());
      ARROW_RETURN_NOT_OK(known.Append(false));
      ARROW_RETURN_NOT_OK(candidates.Append());
      continue;
    }
    const auto best = static_cast<size_t>(answer.best);
    ARROW_RETURN_NOT_OK(words.Append(head.classes[best]));
    ARROW_RETURN_NOT_OK(probabilities.Append(answer.probabilities[best]));
    ARROW_RETURN_NOT_OK(known.Append(answer.known));
    ARROW_RETURN_NOT_OK(candidates.Append());
    for (const int32_t c : answer.set) {
      ARROW_RETURN_NOT_OK(each->Append(head.classes[static_cast<size_t>(c)]));
    }
  }
  ARROW_RETURN_NOT_OK(columns->Add(head.target, &words));
  ARROW_RETURN_NOT_OK(columns->Add(head.target + "_probability", &probabilities, true));
  ARROW_RETURN_NOT_OK(columns->Add(head.target + "_known", &known));
  return columns->Add(head.target + kCandidates, &candidates);
}

// Where each is; the parent of a piece is not among them.
Status AddFruits(const std::vector<table::RowKey>& keys, Columns* columns) {
  const auto fields = table::FruitFields();
  ARROW_ASSIGN_OR_RAISE(const auto arrays, table::FruitColumns(keys));
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i]->name() == "parent") continue;
    columns->fields.push_back(fields[i]);
    columns->arrays.push_back(arrays[i]);
  }
  return Status::OK();
}

// A list column as text.
Result<std::shared_ptr<arrow::Array>> Joined(const arrow::ListArray& lists) {
  const auto& words = static_cast<const arrow::StringArray&>(*lists.values());
  arrow::StringBuilder joined;
  for (int64_t i = 0; i < lists.length(); ++i) {
    std::string text;
    for (int64_t j = lists.value_offset(i); j < lists.value_offset(i + 1); ++j) {
      text += std::string(text.empty() ? "" : "; ") + words.GetString(j);
    }
    ARROW_RETURN_NOT_OK(joined.Append(text));
  }
  return joined.Finish();
}

Result<std::shared_ptr<arrow::Table>> WithoutLists(std::shared_ptr<arrow::Table> table) {
  ARROW_ASSIGN_OR_RAISE(table, table->CombineChunks());
  if (const int outline = table->schema()->GetFieldIndex(kOutline); outline >= 0) {
    ARROW_ASSIGN_OR_RAISE(table, table->RemoveColumn(outline));
  }
  for (int i = 0; i < table->num_columns(); ++i) {
    if (table->field(i)->type()->id() != arrow::Type::LIST) continue;
    std::shared_ptr<arrow::Array> text;
    if (table->num_rows() == 0) {
      ARROW_ASSIGN_OR_RAISE(text, arrow::MakeEmptyArray(arrow::utf8()));
    } else {
      const auto lists = table->column(i)->chunk(0);
      ARROW_ASSIGN_OR_RAISE(text, Joined(static_cast<const arrow::ListArray&>(*lists)));
    }
    const auto field = arrow::field(table->field(i)->name(), arrow::utf8());
    ARROW_ASSIGN_OR_RAISE(
        table, table->SetColumn(i, field, std::make_shared<arrow::ChunkedArray>(text)));
  }
  return table;
}

}  // namespace

Status CheckTogether(const std::vector<Head>& heads) {
  std::set<std::string> targets;
  for (const Head& head : heads) {
    if (!targets.insert(head.target).second) {
      return Status::Invalid("two heads answer for the ", head.target, ": give one");
    }
    const auto fits = CheckHeadFits(heads.front(), head.metadata, head.dim());
    if (fits.ok()) continue;
    return Status::Invalid("the heads for ", heads.front().target, " and ", head.target,
                           " do not go together: ", fits.message());
  }
  return Status::OK();
}

Result<std::shared_ptr<arrow::Table>> AnswerRows(const std::vector<Head>& heads,
                                                 const table::FeatureTable& all,
                                                 const table::Metadata& metadata) {
  table::FeatureTable fruits;
  if (all.has_fruits()) {
    ARROW_RETURN_NOT_OK(CheckHeadFits(heads.front(), metadata, all.dim));
    ARROW_ASSIGN_OR_RAISE(fruits, KeepFruits(heads.front(), all));
  }
  const table::FeatureTable& rows = all.has_fruits() ? fruits : all;
  Columns columns;
  arrow::StringBuilder paths;
  for (const auto& key : rows.keys) ARROW_RETURN_NOT_OK(paths.Append(key.path));
  ARROW_RETURN_NOT_OK(columns.Add("path", &paths));
  if (rows.has_fruits()) {
    ARROW_RETURN_NOT_OK(AddFruits(rows.keys, &columns));
  }
  const auto n = static_cast<int64_t>(rows.keys.size());
  std::vector<std::vector<Answer>> answers;
  size_t fruit = heads.size();
  for (const Head& head : heads) {
    ARROW_RETURN_NOT_OK(CheckHeadFits(head, metadata, rows.dim));
    if (head.target == TargetName(Target::kFruit)) fruit = answers.size();
    ARROW_ASSIGN_OR_RAISE(answers.emplace_back(), head.Predict(rows.rows.data(), n));
  }
  const bool has_fruit = fruit < heads.size();
  for (size_t h = 0; h < heads.size(); ++h) {
    ARROW_ASSIGN_OR_RAISE(const auto in_scope,
                          InScope(heads[h], has_fruit ? &heads[fruit] : nullptr,
                                  has_fruit ? answers[fruit] : std::vector<Answer>{}, n));
    if (has_fruit && h != fruit) {
      ARROW_RETURN_NOT_OK(
          FitToFruit(heads[h], &heads[fruit], answers[fruit], &answers[h]));
    }
    ARROW_RETURN_NOT_OK(AddHead(heads[h], answers[h], in_scope, &columns));
  }
  return arrow::Table::Make(arrow::schema(columns.fields), columns.arrays);
}

Status WriteAnswers(store::ByteStore* store, const std::string& path,
                    const arrow::Table& answers, const std::vector<Head>& heads) {
  table::Metadata metadata;
  for (const Head& head : heads) {
    metadata["pomona.head." + head.target] = head.method;
    for (const auto& [key, value] : head.metadata) {
      if (key.starts_with("pomona.")) metadata[key] = value;
    }
  }
  ARROW_ASSIGN_OR_RAISE(
      auto file,
      table::ParquetFile::Create(store, path, "answers", answers.schema(), "", metadata));
  ARROW_ASSIGN_OR_RAISE(auto batch, answers.CombineChunksToBatch());
  ARROW_RETURN_NOT_OK(file->Write(batch->columns(), kRowsPerGroup));
  return file->Commit();
}

Result<std::string> AnswersCsv(
    const std::vector<std::shared_ptr<arrow::Table>>& answers) {
  ARROW_ASSIGN_OR_RAISE(auto all, arrow::ConcatenateTables(answers));
  ARROW_ASSIGN_OR_RAISE(all, WithoutLists(std::move(all)));
  ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::BufferOutputStream::Create());
  auto options = arrow::csv::WriteOptions::Defaults();
  options.quoting_style = arrow::csv::QuotingStyle::Needed;
  ARROW_RETURN_NOT_OK(arrow::csv::WriteCSV(*all, options, sink.get()));
  ARROW_ASSIGN_OR_RAISE(const auto buffer, sink->Finish());
  return buffer->ToString();
}

}  // namespace pomona::learn
