// SPDX-License-Identifier: Apache-2.0
// The request of a GET and the checks of its reply. Pure functions.
#pragma once

#include <string>

#include "pomona/store/s3/client.h"

namespace pomona::store::s3 {

// Invalid for a range that is none.
Result<S3Request> MakeGet(const std::string& key, const GetOptions& options);

// The content of a 2xx reply to MakeGet(key, options), if it is what was asked for.
Result<S3Content> CheckGet(const S3Question& question, const GetOptions& options,
                           const HttpResponse& reply);

// `status` of a GET as it is, but a reply with more bytes than asked for is explained.
Status ExplainGet(const S3Question& question, const GetOptions& options, Status status);

// The headers of a HEAD (or GET) as an object. IOError where they are missing.
Result<S3Object> ObjectOf(const S3Question& question, const HttpHeaders& headers);

}  // namespace pomona::store::s3
