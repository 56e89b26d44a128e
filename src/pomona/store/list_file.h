// SPDX-License-Identifier: Apache-2.0
// Reading a list of paths: lines of text, CSV with a header, or a Parquet column.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pomona/base/status.h"
#include "pomona/store/source_file.h"

namespace pomona::store {

// Calls `visit` for each path of `list`, as written there, with its label where
// `label_column` is not "". Text: a path a line (LF or CRLF, empty lines skipped), or
// ended by zero bytes where the first 64 KB hold one (find -print0); it has no columns.
// Errors name the list and, for a missing column, the columns that it has.
Status ReadListFile(
    const std::shared_ptr<SourceFile>& list, const std::string& path_column,
    const std::string& label_column,
    const std::function<Status(std::string_view, const std::optional<std::string>&)>&
        visit);

}  // namespace pomona::store
