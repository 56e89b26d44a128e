// SPDX-License-Identifier: Apache-2.0
// The pictures below an s3:// prefix; image_source.h is the contract.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "pomona/base/status.h"
#include "pomona/store/image_source.h"
#include "pomona/store/s3/connection.h"

namespace pomona::store::s3 {

// What an S3 error in reading `what` ("it", "its archive") means for one picture: a
// reject, or the error itself where every picture would meet it. `status` may be any.
Status AsReject(const Status& status, const std::string& what = "");

// Whether the name tells that an object is meant, not what lies below a prefix. Of other
// addresses the keys are asked.
bool NamesOneFile(std::string_view prefix);

// Lists a thousand keys a request and hands them on while the next are asked for; memory
// does not grow with their number. Reads are one GET each under If-Match: an object that
// was replaced since it was listed is a reject (kChanged), whatever its size. KeyError
// when there is nothing below the prefix, or no such bucket. A server that stays away for
// two minutes, or credentials that it refuses, end a run; they are no rejects.
Result<std::unique_ptr<ImageSource>> OpenS3Source(const std::string& uri, LabelRule rule,
                                                  const SourceOptions& options);

}  // namespace pomona::store::s3
