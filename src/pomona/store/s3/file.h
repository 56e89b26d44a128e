// SPDX-License-Identifier: Apache-2.0
// Objects that hold pictures or their names: ../source_file.h and ../named_files.h are
// the contracts.
#pragma once

#include <memory>
#include <string>

#include "pomona/base/status.h"
#include "pomona/store/named_files.h"
#include "pomona/store/s3/connection.h"
#include "pomona/store/source_file.h"

namespace pomona::store::s3 {

// One HEAD; every read is a GET of its range under If-Match, so that a later version of
// the object is an error (a reject, for a picture), never other bytes. KeyError when
// there is none.
Result<std::shared_ptr<SourceFile>> OpenS3File(std::shared_ptr<Connection> connection,
                                               const std::string& key);

// Those that a list at `key` names: relative to its folder, or s3:// keys of its bucket.
// Looking at one is a HEAD.
std::shared_ptr<NamedFiles> ObjectsBeside(std::shared_ptr<Connection> connection,
                                          const std::string& key);

// One whole object, as it was listed, or a reject.
arrow::Future<std::shared_ptr<arrow::Buffer>> ReadListedObject(S3Client* client,
                                                               const std::string& key,
                                                               const ListedImage& image);

}  // namespace pomona::store::s3
