// SPDX-License-Identifier: Apache-2.0
// What this process may use of the machine. The parsers are pure, for tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pomona::cli {

// A cgroup's memory limit file: bytes; nullopt for "max", for the "no limit" of version 1
// (a number near 2^63) and for anything that is no number.
std::optional<int64_t> ParseMemoryLimit(const std::string& text);
// cpu.max, "200000 100000": cores; nullopt for "max" and for anything else.
std::optional<double> ParseCpuLimit(const std::string& text);
// /proc/stat: seconds of all cores that were not idle, work of others on the same host
// ("steal") among them; nullopt for anything else. `ticks`: of a second.
std::optional<double> ParseBusySeconds(const std::string& stat, double ticks);
// Different files named `stem`*.so* in the text of /proc/PID/maps.
std::vector<std::string> MappedLibraries(const std::string& maps,
                                         const std::string& stem);

// Bytes of memory: the machine's or the cgroup's, whichever is less.
int64_t UsableMemory();
// Cores of the affinity mask, and those that the cgroup's quota allows.
int AffinityCores();
std::optional<double> QuotaCores();
// Of all processes since the machine's start; 0 where Linux does not tell.
double BusySeconds();
// The file's text, or "".
std::string ReadText(const std::string& path);

struct FolderState {
  std::string looked_at;  // the folder, or the nearest one above it that exists
  int64_t free_bytes = 0;
  bool writable = false;
};
FolderState LookAtFolder(const std::string& folder);

}  // namespace pomona::cli
