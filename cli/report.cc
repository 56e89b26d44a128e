// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include <algorithm>

#include "pomona/job/layout.h"
#include "pomona/store/byte_store.h"

#include "text.h"

namespace pomona::cli {
namespace {

std::string Line(const std::string& name, const std::string& text) {
  std::string line = name;
  line.resize(std::max<size_t>(name.size(), 10), ' ');
  return line + " " + text + "\n";
}

std::string Head(const job::RunReport& report) {
  if (report.nothing_to_do) return "nothing to do: the destination is complete\n";
  std::string text = "done in " + Duration(report.seconds);
  if (report.images_per_second > 0) {
    text += ", " + Rate(report.images_per_second) + " images/s";
  }
  return text + "\n";
}

std::string Images(const job::RunReport& report) {
  std::string text = Count(report.images) + " = " + Count(report.rows, "row") + " + " +
                     Count(report.reject_count(), "reject");
  std::string codes;
  for (const auto& [code, count] : report.rejects) {
    if (count > 0) codes += (codes.empty() ? "" : ", ") + Count(count) + " " + code;
  }
  return Line("images", codes.empty() ? text : text + " (" + codes + ")");
}

std::string Rejects(const job::RunReport& report, const ReportContext& context) {
  constexpr size_t kPathWidth = 48;
  if (report.reject_count() == 0) return "";
  std::string text;
  for (const auto& reject : context.rejects) {
    text += Line("", CutFront(Printable(reject.path), kPathWidth) + ": " +
                         Printable(reject.message));
  }
  return text + Line("", "all of them: " + context.destination + "/rejects/");
}

std::string Files(const job::RunReport& report, const ReportContext& context) {
  const std::string root = context.destination + "/";
  if (report.components == 0) return Line("features", root + "features/");
  const std::string reduced = root + job::ReducedFolder(report.generation) + "/";
  std::string formats = "part-*.parquet";
  if (context.csv) formats += ", .csv";
  if (context.npz) formats += ", .npz";
  return Line("table", reduced + "  (" + formats + ")") +
         Line("reducer", root + job::ReducerFolder(report.generation) + "/") +
         Line("all about", root + job::kManifestFile);
}

std::string Next(const job::RunReport& report, const ReportContext& context) {
  const std::string& dst = context.destination;
  if (context.regions) return Line("next", "pomona predict " + dst);
  if (report.components == 0) return Line("next", "pomona fit " + dst + " --out REDUCER");
  return Line("next", "pomona info " + dst) +
         Line("", "python: pomona.open(\"" + dst + "\").to_pandas()");
}

}  // namespace

std::string ReportText(const job::RunReport& report, const ReportContext& context) {
  std::string text = Head(report) + Images(report) + Rejects(report, context);
  if (report.feature_dim > 0) {
    std::string row = Count(report.feature_dim, "feature");
    if (report.components > 0) {
      row += " -> " + Count(report.components, "component") + ", " +
             Percent(report.explained_variance) + " of the variance";
    }
    text += Line("each row", row);
  }
  if (report.random_weights) {
    text +=
        Line("!!!",
             "RANDOM: random weights have learned nothing; these numbers only show that "
             "the job works");
  }
  return text + Files(report, context) + Next(report, context);
}

std::vector<table::RejectRow> FirstRejects(const std::string& destination, size_t n) {
  std::vector<table::RejectRow> found;
  auto store = store::OpenByteStore(destination);
  if (!store.ok()) return found;
  auto files = (*store)->List("rejects");
  if (!files.ok()) return found;
  for (const auto& file : *files) {
    auto rows = table::ReadRejects(store->get(), file.path);
    if (!rows.ok()) continue;
    for (auto& row : *rows) {
      if (found.size() == n) return found;
      found.push_back(std::move(row));
    }
  }
  return found;
}

}  // namespace pomona::cli
