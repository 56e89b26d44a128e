// SPDX-License-Identifier: Apache-2.0
// SHA-256, by OpenSSL.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace pomona {

// An incremental SHA-256. Not thread-safe; cheap to make.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Update(std::string_view bytes);
  // The digest as 64 lower-case hex digits. Call once, last.
  std::string HexDigest();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The SHA-256 of `bytes` as 64 lower-case hex digits.
std::string HexSha256(std::string_view bytes);

}  // namespace pomona
