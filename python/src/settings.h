// SPDX-License-Identifier: Apache-2.0
// A run's settings from Python keyword arguments.
#pragma once

#include <string>

#include <nanobind/nanobind.h>

#include "pomona/job/settings.h"

namespace pomona::python {

// None stands for the default. Raises TypeError for unknown names and wrong types,
// ValueError for what Settings::Validate refuses.
job::Settings SettingsFrom(const nanobind::dict& values);

// Words; raise ValueError that lists what is allowed.
model::Pool PoolFromText(const std::string& text);
stats::Convention ConventionFromText(const std::string& text);
stats::Pca PcaFromText(const std::string& text);
image::RegionSet RegionsFromText(const std::string& text);

}  // namespace pomona::python
