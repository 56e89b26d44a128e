// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/signer.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "pomona/base/hash.h"
#include "pomona/store/s3/dates.h"

namespace pomona::store::s3 {
namespace {

bool IsUnreserved(unsigned char byte) {
  return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
         (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' ||
         byte == '~';
}

std::string Encode(std::string_view bytes, bool keep_slash) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(bytes.size());
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (IsUnreserved(byte) || (keep_slash && c == '/')) {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

std::string Hmac(std::string_view key, std::string_view message) {
  std::array<unsigned char, 32> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(),
       digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += {kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

// Without spaces around it, and single ones inside.
std::string CanonicalValue(std::string_view value) {
  std::string out;
  for (char c : value) {
    if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
    out += c;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string CanonicalRequest(const SigningInput& input,
                             const std::map<std::string, std::string>& headers,
                             const std::string& names) {
  std::string text =
      input.method + "\n" + input.path + "\n" + EncodeQuery(input.query) + "\n";
  for (const auto& [name, value] : headers) {
    text += name + ":" + CanonicalValue(value) + "\n";
  }
  return text + "\n" + names + "\n" + input.payload_sha256;
}

std::string SignedHeaders(const std::map<std::string, std::string>& headers) {
  std::string names;
  for (const auto& [name, value] : headers) names += (names.empty() ? "" : ";") + name;
  return names;
}

}  // namespace

std::string UriEncode(std::string_view bytes) { return Encode(bytes, false); }
std::string UriEncodePath(std::string_view bytes) { return Encode(bytes, true); }

std::string EncodeQuery(const QueryParameters& query) {
  QueryParameters encoded;
  encoded.reserve(query.size());
  for (const auto& [name, value] : query) {
    encoded.emplace_back(UriEncode(name), UriEncode(value));
  }
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) {
    text += (text.empty() ? "" : "&") + name + "=" + value;
  }
  return text;
}

std::map<std::string, std::string> Sign(const SigningInput& input,
                                        const S3Credentials& credentials,
                                        const std::string& region, std::time_t now) {
  const std::string moment = AmzDate(now);
  const std::string day = moment.substr(0, 8);
  const std::string scope = day + "/" + region + "/s3/aws4_request";

  std::map<std::string, std::string> added = {
      {"x-amz-content-sha256", input.payload_sha256}, {"x-amz-date", moment}};
  if (!credentials.session_token.empty()) {
    added["x-amz-security-token"] = credentials.session_token;
  }
  auto headers = added;
  headers.insert(input.headers.begin(), input.headers.end());
  const std::string names = SignedHeaders(headers);

  const std::string text = "AWS4-HMAC-SHA256\n" + moment + "\n" + scope + "\n" +
                           HexSha256(CanonicalRequest(input, headers, names));
  std::string key = "AWS4" + credentials.secret_key;
  for (const std::string& part :
       {day, region, std::string("s3"), std::string("aws4_request")}) {
    key = Hmac(key, part);
  }
  added["authorization"] = "AWS4-HMAC-SHA256 Credential=" + credentials.access_key + "/" +
                           scope + ", SignedHeaders=" + names +
                           ", Signature=" + Hex(Hmac(key, text));
  return added;
}

}  // namespace pomona::store::s3
