// SPDX-License-Identifier: Apache-2.0
// What `pomona bench` measured: as text, as JSON, and in a file of records. Pure but for
// RecordIn and ReadRecords.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "pomona/base/status.h"
#include "pomona/engine/choice.h"
#include "pomona/engine/measure.h"

namespace pomona::cli {

struct BenchReport {
  std::string cpu;      // CpuClass::ToString
  std::string model;    // "vgg16"
  std::string weights;  // Weights::source; "" where the model's file holds them
  int cores = 0;        // used
  double others = 0;    // cores that other work took meanwhile
  engine::ChoiceReason chosen;
  std::vector<engine::Timing> timings;  // one or more
};

// A table with the fastest first, what "auto" takes and why, and a warning where others
// took a tenth of the cores or more.
std::string BenchText(const BenchReport& report);
nlohmann::json BenchJson(const BenchReport& report);

// The records of `text`, a file of that name; none for "". Invalid, naming the file and
// the field, for what `--record` did not write.
Result<nlohmann::json> ParseRecords(const std::string& text, const std::string& name);
// `records` with the report in place of what they had of its CPU class and network.
// `date`: "2026-11-24".
nlohmann::json WithRecord(nlohmann::json records, const BenchReport& report,
                          const std::string& date);

// The records of a local file that is written later; none where there is no such file.
// IOError where it could not be written.
Result<nlohmann::json> ReadRecords(const std::string& path);
// Replaces the file in one step.
Status RecordIn(const std::string& path, const nlohmann::json& records);

}  // namespace pomona::cli
