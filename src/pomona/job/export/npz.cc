// SPDX-License-Identifier: Apache-2.0
#include "pomona/table/npz.h"

#include <filesystem>

#include <arrow/io/interfaces.h>
#include <nlohmann/json.hpp>

#include "pomona/job/export/export.h"
#include "pomona/job/export/output.h"

namespace pomona::job {
namespace {

// What the components make of the mean: taken off every row, where it is.
std::vector<double> Offset(const stats::Reducer& r) {
  std::vector<double> offset(static_cast<size_t>(r.k()), 0.0);
  for (int64_t c = 0; r.subtracts_mean() && c < r.k(); ++c) {
    for (int64_t j = 0; j < r.dim; ++j) {
      if (r.scale[j] > 0)
        offset[c] += r.components[c * r.dim + j] / r.scale[j] * r.mean[j];
    }
  }
  return offset;
}

// The file's name as a text of Python's.
std::string Quoted(const std::string& file) {
  const std::string name = std::filesystem::path(file).filename().string();
  return nlohmann::json(name).dump(-1, ' ', true,
                                   nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string NpzRecipe(const std::string& file) {
  return "import numpy as np\n"
         "r = np.load(" +
         Quoted(file) +
         ")\n"
         "def reduce(rows):  # n x columns, such as the features of a run\n"
         "    rows = np.asarray(rows, np.float64)\n"
         "    scaled = np.zeros_like(rows)\n"
         "    np.divide(rows, r[\"scale\"], out=scaled, where=r[\"scale\"] > 0)\n"
         "    return scaled @ r[\"components\"].T - r[\"offset\"]\n";
}

Status ExportNpz(const stats::Reducer& reducer, const std::string& destination,
                 bool overwrite) {
  ARROW_RETURN_NOT_OK(reducer.Validate());
  ARROW_ASSIGN_OR_RAISE(const FilePlace place, OpenFilePlace(destination, overwrite));
  ARROW_ASSIGN_OR_RAISE(auto file, place.store->Create(place.name));
  table::ZipWriter zip(file->stream());
  const auto add = [&](const char* name, const std::vector<int64_t>& shape,
                       const std::vector<double>& values) {
    return table::AddArray(&zip, name, shape, values);
  };
  const auto computed = static_cast<int64_t>(reducer.eigenvalues.size());
  ARROW_RETURN_NOT_OK(add("mean", {reducer.dim}, reducer.mean));
  ARROW_RETURN_NOT_OK(add("scale", {reducer.dim}, reducer.scale));
  ARROW_RETURN_NOT_OK(add("components", {reducer.k(), reducer.dim}, reducer.components));
  ARROW_RETURN_NOT_OK(add("offset", {reducer.k()}, Offset(reducer)));
  ARROW_RETURN_NOT_OK(add("eigenvalues", {computed}, reducer.eigenvalues));
  ARROW_RETURN_NOT_OK(
      add("explained_variance_ratio", {computed}, reducer.explained_variance_ratio()));
  ARROW_RETURN_NOT_OK(add("total_variance", {}, {reducer.total_variance}));
  ARROW_RETURN_NOT_OK(table::AddText(&zip, "reducer_json", reducer.ToJson()));
  ARROW_RETURN_NOT_OK(table::AddText(&zip, "recipe", NpzRecipe(place.name)));
  ARROW_RETURN_NOT_OK(zip.Finish());
  return file->Commit();
}

}  // namespace pomona::job
