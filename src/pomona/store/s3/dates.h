// SPDX-License-Identifier: Apache-2.0
// The three ways in which S3 writes a moment. All are UTC. Pure functions.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace pomona::store::s3 {

// "20130524T000000Z", the x-amz-date header.
std::string AmzDate(std::time_t seconds);

// "2009-10-12T17:50:30.000Z" (a listing's LastModified; the fraction may be missing or
// have up to nine digits) as nanoseconds since 1970; nullopt for anything else.
std::optional<int64_t> ParseIsoDate(std::string_view text);

// "Fri, 24 May 2013 00:00:00 GMT" (the Date and Last-Modified headers) as seconds since
// 1970; nullopt for anything else.
std::optional<std::time_t> ParseHttpDate(std::string_view text);

}  // namespace pomona::store::s3
