// SPDX-License-Identifier: Apache-2.0
#include "answers_text.h"

#include <algorithm>
#include <cstdio>

#include <arrow/api.h>
#include <nlohmann/json.hpp>

#include "pomona/learn/scope.h"

#include "answer_columns.h"
#include "text.h"

namespace pomona::cli {
namespace {

using OrderedJson = nlohmann::ordered_json;

// What else it may be, as far as people read on.
std::string Others(const arrow::ListArray& lists, int64_t row) {
  constexpr int64_t kShown = 4;
  const auto& words = static_cast<const arrow::StringArray&>(*lists.values());
  const int64_t first = lists.value_offset(row) + 1;  // the answer itself comes first
  const int64_t end = lists.value_offset(row + 1);
  std::string text;
  for (int64_t j = first; j < std::min(end, first + kShown); ++j) {
    text += (text.empty() ? "" : ", ") + Printable(words.GetString(j));
  }
  if (end > first + kShown) {
    text += " and " + std::to_string(end - first - kShown) + " more";
  }
  return text;
}

// "  2 at 120,40 to 300,200".
std::string PlaceText(const arrow::RecordBatch& batch, int64_t i) {
  const auto at = [&](const char* name) { return std::to_string(Whole(batch, name, i)); };
  return "  " + at("fruit_index") + " at " + at("left") + "," + at("top") + " to " +
         at("right") + "," + at("bottom");
}

std::vector<std::string> AnswerCells(const arrow::RecordBatch& batch,
                                     const std::vector<learn::Head>& heads, int64_t i) {
  std::vector<std::string> row;
  for (const auto& head : heads) {
    const std::string& t = head.target;
    const std::string best = Column<arrow::StringArray>(batch, t).GetString(i);
    const bool known = Column<arrow::BooleanArray>(batch, t + "_known").Value(i);
    row.push_back((known ? "" : "? ") + Printable(best));
    const auto& sure = Column<arrow::DoubleArray>(batch, t + "_probability");
    if (sure.IsNull(i)) {  // not for this fruit
      row.back() = Printable(best);
      row.insert(row.end(), 2, "");
      continue;
    }
    row.push_back(Percent(sure.Value(i)));
    row.push_back(Others(Column<arrow::ListArray>(batch, t + "_candidates"), i));
  }
  return row;
}

void PrintText(const arrow::RecordBatch& batch, const std::vector<learn::Head>& heads,
               const Typed& typed, std::vector<std::vector<std::string>>* rows) {
  const auto& paths = Column<arrow::StringArray>(batch, "path");
  for (int64_t i = 0; i < batch.num_rows(); ++i) {
    std::vector<std::string> row = {
        IsFruit(batch, i) ? PlaceText(batch, i) : TypedName(paths.GetString(i), typed)};
    const auto cells = AnswerCells(batch, heads, i);
    row.insert(row.end(), cells.begin(), cells.end());
    rows->push_back(std::move(row));
  }
}

void AddAnswers(const arrow::RecordBatch& batch, const std::vector<learn::Head>& heads,
                int64_t i, OrderedJson* line) {
  for (const auto& head : heads) {
    const std::string& t = head.target;
    const auto& lists = Column<arrow::ListArray>(batch, t + "_candidates");
    const auto& words = static_cast<const arrow::StringArray&>(*lists.values());
    OrderedJson candidates = OrderedJson::array();
    for (int64_t j = lists.value_offset(i); j < lists.value_offset(i + 1); ++j) {
      candidates.push_back(words.GetString(j));
    }
    const auto& sure = Column<arrow::DoubleArray>(batch, t + "_probability");
    (*line)[t] = {
        {"answer", Column<arrow::StringArray>(batch, t).GetString(i)},
        {"probability", sure.IsNull(i) ? OrderedJson() : OrderedJson(sure.Value(i))},
        {"known", Column<arrow::BooleanArray>(batch, t + "_known").Value(i)},
        {"candidates", candidates}};
    // Why it is not known: the head is for these fruits.
    if (sure.IsNull(i)) (*line)[t]["applies_to"] = learn::ScopeOf(head).ValueOr({});
  }
}

OrderedJson FruitJson(const arrow::RecordBatch& batch,
                      const std::vector<learn::Head>& heads, int64_t i) {
  OrderedJson fruit = {
      {"index", Whole(batch, "fruit_index", i)},
      {"region", Column<arrow::StringArray>(batch, "region").GetString(i)}};
  for (const char* side : {"left", "top", "right", "bottom"}) {
    fruit["box"][side] = Whole(batch, side, i);
  }
  fruit["outline"] = Outline(batch, i);
  AddAnswers(batch, heads, i, &fruit);
  return fruit;
}

void PrintJson(const arrow::RecordBatch& batch, const std::vector<learn::Head>& heads,
               const Typed& typed) {
  const bool by_fruit = HasFruits(batch);
  const std::string& first = heads.front().target;
  for (int64_t i = 0; i < batch.num_rows();) {
    const std::string path = Column<arrow::StringArray>(batch, "path").GetString(i);
    const auto found = typed.find(path);
    OrderedJson line = {{"path", found == typed.end() ? path : found->second}};
    AddAnswers(batch, heads, i, &line);
    if (by_fruit) {
      line["fruits"] = OrderedJson::array();
      line["counts"] = OrderedJson::object();
    }
    for (++i; i < batch.num_rows() && IsFruit(batch, i); ++i) {
      line["fruits"].push_back(FruitJson(batch, heads, i));
      if (!Column<arrow::BooleanArray>(batch, first + "_known").Value(i)) continue;
      auto& count = line["counts"][Column<arrow::StringArray>(batch, first).GetString(i)];
      count = count.is_null() ? 1 : count.get<int>() + 1;
    }
    std::puts(line.dump(-1, ' ', false, OrderedJson::error_handler_t::replace).c_str());
  }
}

}  // namespace

Result<std::string> HeadsText(const std::vector<learn::Head>& heads) {
  std::string text;
  for (const auto& head : heads) {
    ARROW_ASSIGN_OR_RAISE(const auto fruits, learn::ScopeOf(head));
    std::string of;
    for (const auto& fruit : fruits) of += (of.empty() ? "" : ", ") + Printable(fruit);
    text += (text.empty() ? "" : ", ") + Printable(head.target) +
            (of.empty() ? "" : " (of " + of + ")");
  }
  return text;
}

std::string TypedName(const std::string& path, const Typed& typed) {
  const auto found = typed.find(path);
  return Printable(found == typed.end() ? path : found->second);
}

Status ShowAnswers(const AnswerTables& tables, const std::vector<learn::Head>& heads,
                   bool json, const Typed& typed) {
  std::vector<std::vector<std::string>> rows = {{"picture"}};
  for (const auto& head : heads) {
    rows[0].insert(rows[0].end(), {head.target, "sure", "or one of"});
  }
  for (const auto& table : tables) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, table->CombineChunksToBatch());
    if (json) {
      PrintJson(*batch, heads, typed);
    } else {
      PrintText(*batch, heads, typed, &rows);
    }
  }
  if (!json) std::fputs(Table(rows).c_str(), stdout);
  return Status::OK();
}

}  // namespace pomona::cli
