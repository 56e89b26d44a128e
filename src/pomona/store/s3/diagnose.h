// SPDX-License-Identifier: Apache-2.0
// What works and what does not between this machine and an s3:// address.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pomona/base/status.h"

namespace pomona::store::s3 {

struct Finding {
  enum class State { kGood, kNote, kBad };
  // "endpoint", "credentials", "clock", "object", "list", "read", "write"
  std::string name;
  State state = State::kGood;
  std::string text;  // for people; never holds a secret
};

// "jpeg" of the first bytes of a picture; an error says why it is none.
using PictureFormat = std::function<Result<std::string>(std::string_view head)>;

// In order, ending with the first that makes the rest pointless. Of a prefix, reads one
// byte of the first object; writes and deletes one small object below it,
// PREFIX/.pomona.probe-*: a prefix that cannot be written to is a note, for a source need
// not be. Of an object: what it is, from its first bytes; nothing is written.
std::vector<Finding> Diagnose(const std::string& uri, const PictureFormat& format);

}  // namespace pomona::store::s3
