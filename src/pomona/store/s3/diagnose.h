// SPDX-License-Identifier: Apache-2.0
// What works and what does not between this machine and an s3:// address.
#pragma once

#include <string>
#include <vector>

namespace pomona::store::s3 {

struct Finding {
  enum class State { kGood, kNote, kBad };
  std::string name;  // "endpoint", "credentials", "clock", "list", "read", "write"
  State state = State::kGood;
  std::string text;  // for people; never holds a secret
};

// In order, ending with the first that makes the rest pointless. Reads one byte of the
// first object; writes and deletes one small object below the prefix,
// PREFIX/.pomona.probe-*: a prefix that cannot be written to is a note, for a source need
// not be.
std::vector<Finding> Diagnose(const std::string& uri);

}  // namespace pomona::store::s3
