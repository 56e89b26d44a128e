// SPDX-License-Identifier: Apache-2.0
// --dry-run: what a run would do, asked for and told.
#pragma once

#include <string>

#include "pomona/base/event.h"
#include "pomona/base/status.h"
#include "pomona/job/forecast.h"

#include "options.h"

namespace pomona::cli {

// Invalid where --rate is neither a number above 0 nor a place with a run.
Result<job::Forecast> ForecastJob(const RunFlags& flags, const job::Settings& settings,
                                  const job::RunOptions& options);

// As lines for people.
std::string ForecastText(const job::Forecast& forecast);

// As one event, "forecast"; numbers that are not known are not in it.
void TellForecast(const job::Forecast& forecast, EventSink* sink);

}  // namespace pomona::cli
