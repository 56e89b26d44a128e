// SPDX-License-Identifier: Apache-2.0
#include "machine.h"

#include <sched.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

namespace pomona::cli {
namespace {

std::optional<int64_t> WholeNumber(const std::string& text) {
  int64_t value = 0;
  auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

// The first of the files (cgroup version 2, then 1) that exists.
std::string FirstText(std::initializer_list<const char*> paths) {
  for (const char* path : paths) {
    if (auto text = ReadText(path); !text.empty()) return text;
  }
  return "";
}

}  // namespace

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::optional<int64_t> ParseMemoryLimit(const std::string& text) {
  const auto bytes = WholeNumber(text);
  if (!bytes || *bytes <= 0 || *bytes > (int64_t{1} << 60)) return std::nullopt;
  return bytes;
}

std::optional<double> ParseCpuLimit(const std::string& text) {
  const auto quota = WholeNumber(text);
  const size_t space = text.find(' ');
  if (!quota || space == std::string::npos) return std::nullopt;
  const auto period = WholeNumber(text.substr(space + 1));
  if (!period || *period <= 0 || *quota <= 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<double> ParseBusySeconds(const std::string& stat, double ticks) {
  std::istringstream words(stat);
  std::string name;
  words >> name;
  // user nice system idle iowait irq softirq steal (proc(5)); guests are in user.
  std::array<double, 8> spent{};
  for (double& value : spent) words >> value;
  if (!words || name != "cpu") return std::nullopt;
  const double all = std::accumulate(spent.begin(), spent.end(), 0.0);
  return (all - spent[3] - spent[4]) / ticks;
}

std::vector<std::string> MappedLibraries(const std::string& maps,
                                         const std::string& stem) {
  std::vector<std::string> paths;
  std::istringstream lines(maps);
  for (std::string line; std::getline(lines, line);) {
    const size_t slash = line.find('/');
    if (slash == std::string::npos) continue;
    const std::string path = line.substr(slash);
    const std::string name = path.substr(path.find_last_of('/') + 1);
    if (!name.starts_with(stem + ".so")) continue;
    if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  }
  return paths;
}

int64_t UsableMemory() {
  const int64_t all =
      static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  const auto limit = ParseMemoryLimit(FirstText(
      {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}));
  return std::min(all, limit.value_or(all));
}

int AffinityCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) {
    return static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  }
  return CPU_COUNT(&set);
}

std::optional<double> QuotaCores() {
  return ParseCpuLimit(ReadText("/sys/fs/cgroup/cpu.max"));
}

double BusySeconds() {
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  return ParseBusySeconds(ReadText("/proc/stat"), ticks).value_or(0);
}

FolderState LookAtFolder(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::path path = fs::absolute(folder, error).lexically_normal();
  while (!fs::exists(path, error) && path.has_relative_path()) path = path.parent_path();
  FolderState state;
  state.looked_at = path.string();
  struct statvfs info{};
  if (statvfs(path.c_str(), &info) == 0) {
    state.free_bytes =
        static_cast<int64_t>(info.f_bavail) * static_cast<int64_t>(info.f_frsize);
  }
  // Asks by doing: access() knows nothing of read-only mounts' and quotas' whole story.
  std::string probe = (path / ".pomona-doctor-XXXXXX").string();
  const int fd = mkstemp(probe.data());
  state.writable = fd >= 0;
  if (fd >= 0) {
    close(fd);
    unlink(probe.c_str());
  }
  return state;
}

}  // namespace pomona::cli
