// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "pomona/job/run.h"
#include "pomona/job/settings.h"

namespace pomona::cli {

// Settings under the names that the Python package gives them (pomona.run's keywords).
nlohmann::json SettingsJson(const job::Settings& settings);
nlohmann::json OptionsJson(const job::RunOptions& options);

// What pomona.spark.driver tells at the end. Invalid when fields are missing.
Result<job::RunReport> ParseReport(const nlohmann::json& json);

}  // namespace pomona::cli
