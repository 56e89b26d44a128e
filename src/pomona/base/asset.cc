// SPDX-License-Identifier: Apache-2.0
#include "pomona/base/asset.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

namespace pomona {
namespace {

namespace fs = std::filesystem;

// The folder of the shared object or program that this function is linked into.
fs::path ModuleFolder() {
  std::error_code ignored;
  Dl_info info;
  // For a program dli_fname is argv[0], which is no path where the shell searched for it.
  if (dladdr(reinterpret_cast<const void*>(&AssetPath), &info) != 0 &&
      std::string_view(info.dli_fname).find('/') != std::string_view::npos) {
    const fs::path module = fs::canonical(info.dli_fname, ignored);
    if (!ignored && module.has_parent_path()) return module.parent_path();
  }
  return fs::read_symlink("/proc/self/exe", ignored).parent_path();
}

std::vector<fs::path> AssetFolders() {
  if (const char* told = std::getenv("POMONA_ASSETS"); told != nullptr && *told != '\0') {
    return {told};
  }
  const fs::path module = ModuleFolder();
  return {
      module / "assets",
      module.parent_path() / "share" / "pomona",
#ifdef POMONA_SOURCE_ASSETS
      POMONA_SOURCE_ASSETS,
#endif
  };
}

}  // namespace

Result<std::string> AssetPath(const std::string& name) {
  std::string places;
  for (const fs::path& folder : AssetFolders()) {
    std::error_code ignored;
    const fs::path path = folder / name;
    if (fs::is_regular_file(path, ignored)) return path.string();
    places += (places.empty() ? "" : ", ") + folder.string();
  }
  return Status::KeyError("the file '", name,
                          "' that ships with Pomona is not in: ", places,
                          "; set POMONA_ASSETS to the folder that holds it");
}

}  // namespace pomona
