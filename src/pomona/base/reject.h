// SPDX-License-Identifier: Apache-2.0
// Rejects: why one image could not be used. A reject travels as a Status with a detail,
// so that codecs and sources need no second error channel; the job turns it into a row.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pomona/base/status.h"

namespace pomona {

// Where in the job the image was lost.
enum class RejectStage { kList, kRead, kDecode, kPreprocess, kExtract };

// What was wrong. The names (see RejectCodeName) are part of the file format.
enum class RejectCode {
  kBadName,      // list: the name is not UTF-8
  kVanished,     // read: listed, but no longer there
  kChanged,      // read: size or time differ from the listing
  kReadFailed,   // read: permission, I/O or network error
  kEmpty,        // decode: zero bytes
  kNotAnImage,   // decode: the content is no known image format
  kTruncated,    // decode: the data end too early
  kCorrupt,      // decode: the data contradict the format
  kUnsupported,  // decode: a valid file of a kind that is not handled
  kTooLarge,     // decode: more pixels than the limit
  kNotFinite,    // extract: the network gave NaN or infinity
};

struct Reject {
  RejectStage stage;
  RejectCode code;
};

// "read", "decode", ...
std::string_view RejectStageName(RejectStage stage);
// "truncated", "not_an_image", ...
std::string_view RejectCodeName(RejectCode code);
// The reverse of RejectCodeName; nullopt for an unknown name.
std::optional<RejectCode> ParseRejectCode(std::string_view name);

// True for rejects that another try may cure (failed or vanished reads); a resume tries
// these images again. A reject for content is for ever.
bool IsRetriable(RejectCode code);

// A Status that says "this image cannot be used". `message` says why, without the path.
Status RejectStatus(RejectStage stage, RejectCode code, std::string message);

// The reject that `status` carries, or nullopt for any other error (or OK).
std::optional<Reject> GetReject(const Status& status);

}  // namespace pomona
