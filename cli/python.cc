// SPDX-License-Identifier: Apache-2.0
#include "python.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "pomona/base/json.h"

#include "child.h"

namespace pomona::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The last line that `python` says; "" where it cannot be run. What it complains of is
// not shown: the next one may do.
Result<std::string> LastLine(const std::string& python, const std::string& module,
                             const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {python, "-m", module};
  command.insert(command.end(), arguments.begin(), arguments.end());
  ARROW_ASSIGN_OR_RAISE(auto child, Child::Start(command, {}, "/dev/null"));
  std::string last;
  child.ReadLines([&](const std::string& line) { last = line; });
  child.Wait();
  return last;
}

}  // namespace

std::vector<std::string> Pythons(const std::vector<const char*>& variables) {
  std::vector<std::string> found;
  for (const char* name : variables) {
    if (!Variable(name).empty()) found.push_back(Variable(name));
  }
  const std::string environment = Variable("VIRTUAL_ENV");
  if (!environment.empty()) found.push_back(environment + "/bin/python");
  std::error_code ignored;
  const auto beside =
      fs::read_symlink("/proc/self/exe", ignored).parent_path() / "python";
  if (fs::exists(beside, ignored)) found.push_back(beside.string());
#ifdef POMONA_DEV_PYTHON
  if (fs::exists(POMONA_DEV_PYTHON, ignored)) found.emplace_back(POMONA_DEV_PYTHON);
#endif
  found.push_back("python3");
  return found;
}

Result<Json> AskPython(const std::string& what, const std::string& module,
                       const std::vector<std::string>& arguments) {
  std::string tried;
  const std::string named = Variable("POMONA_PYTHON");
  const auto pythons = named.empty() ? Pythons({}) : std::vector<std::string>{named};
  for (const auto& python : pythons) {
    ARROW_ASSIGN_OR_RAISE(const auto line, LastLine(python, module, arguments));
    Json answer = ParseJson(line);
    std::string why = " (no pomona)";
    if (answer.is_object()) {
      if (const auto error = answer.find("error"); error != answer.end()) {
        return Status::Invalid(error->is_string() ? error->get<std::string>() : line);
      }
      const auto missing = answer.find("missing");
      if (missing == answer.end()) return answer;
      why = " (no " + missing->dump() + ")";
    }
    tried += (tried.empty() ? "" : ", ") + python + why;
  }
  return Status::Invalid(what,
                         " needs a Python with pomona and scikit-learn; none of these ",
                         "has both: ", tried,
                         "\nhint: pip install scikit-learn beside Pomona's package, or "
                         "name a Python that has both by POMONA_PYTHON");
}

}  // namespace pomona::cli
