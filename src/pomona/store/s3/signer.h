// SPDX-License-Identifier: Apache-2.0
// AWS Signature Version 4 for S3, in the Authorization header. Source: AWS, "Signature
// Calculations for the Authorization Header: Transferring Payload in a Single Chunk".
// Pure functions, tested against the examples of that page.
//
// Not libcurl's CURLOPT_AWS_SIGV4: Debian's 7.88 signs the query as it is written,
// neither sorted nor encoded.
#pragma once

#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pomona::store::s3 {

// Secrets: never in a message, a file or an event.
struct S3Credentials {
  std::string access_key;  // "": anonymous, requests are not signed
  std::string secret_key;
  std::string session_token;  // of temporary credentials, else ""
};

// Names and values as bytes, not encoded.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

// What of a request is signed.
struct SigningInput {
  std::string method;
  std::string path;  // encoded, as it is sent: "/bucket/a%20b"
  QueryParameters query;
  // By lower-case name. All are signed; "host" must be there.
  std::map<std::string, std::string> headers;
  std::string payload_sha256;  // hex, or kUnsignedPayload (over https only)
};

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// RFC 3986: letters, digits and "-._~" stay, every other byte becomes %XX. In a path '/'
// stays too.
std::string UriEncode(std::string_view bytes);
std::string UriEncodePath(std::string_view bytes);

// "a=1&b=": encoded and sorted, as it is both signed and sent.
std::string EncodeQuery(const QueryParameters& query);

// The headers that make `input` a signed request, by lower-case name: authorization,
// x-amz-content-sha256, x-amz-date and, with a session token, x-amz-security-token.
std::map<std::string, std::string> Sign(const SigningInput& input,
                                        const S3Credentials& credentials,
                                        const std::string& region, std::time_t now);

}  // namespace pomona::store::s3
