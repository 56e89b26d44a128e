// SPDX-License-Identifier: Apache-2.0
// The files that a list names: relative to where the list is, in a folder or a bucket.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <arrow/util/future.h>

#include "pomona/base/status.h"
#include "pomona/store/image_source.h"

namespace pomona::store {

// Thread-safe.
class NamedFiles {
 public:
  virtual ~NamedFiles() = default;
  // The path of a picture as tables show it: what the list says, without "./", doubled
  // slashes, and this place where the list spells it out. Invalid for what cannot be
  // found from here.
  virtual Result<std::string> NameOf(std::string_view written) const = 0;
  // Size, time and ETag; nullopt where nothing of this name can be looked at (a read
  // tells why). Other errors end a listing.
  virtual arrow::Future<std::optional<ListedImage>> Look(const std::string& name) = 0;
  // So many of them are worth asking for side by side.
  virtual size_t looks_ahead() const = 0;
  virtual bool reads_while_listing() const { return false; }
  virtual arrow::Future<std::shared_ptr<arrow::Buffer>> Read(
      const ListedImage& image) = 0;
  virtual void Cancel() {}
};

// Those beside the local file `path`. An error where its folder cannot be opened.
Result<std::shared_ptr<NamedFiles>> FilesBeside(const std::string& path);

}  // namespace pomona::store
