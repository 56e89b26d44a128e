// SPDX-License-Identifier: Apache-2.0
// The members of a tar archive: POSIX ustar and pax, GNU long names and large sizes. The
// archive is hostile input.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "pomona/base/status.h"
#include "pomona/store/source_file.h"

namespace pomona::store {

enum class TarType { kFile, kFolder, kLink, kOther };

struct TarMember {
  std::string name;  // as written: may start with "./" or "/"
  TarType type = TarType::kFile;
  int64_t offset = 0;  // of the data in the archive
  int64_t size = 0;
};

// Calls `visit` for each member in the order of the archive.
// Invalid, naming archive, member and byte, when it is damaged or ends before its end
// marker.
Status ScanTar(const std::shared_ptr<SourceFile>& archive,
               const std::function<Status(const TarMember&)>& visit);

}  // namespace pomona::store
