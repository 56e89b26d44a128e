// SPDX-License-Identifier: Apache-2.0
#include "pomona/store/s3/errors.h"

#include <curl/curl.h>

#include <array>
#include <cmath>
#include <ctime>
#include <memory>
#include <string_view>
#include <utility>

#include <arrow/buffer.h>

#include "pomona/store/posix.h"
#include "pomona/store/s3/dates.h"
#include "pomona/store/s3/xml.h"

namespace pomona::store::s3 {
namespace {

using Kind = S3ErrorKind;

class S3ErrorDetail : public arrow::StatusDetail {
 public:
  explicit S3ErrorDetail(S3Error error) : error_(std::move(error)) {}
  const char* type_id() const override { return "pomona::S3ErrorDetail"; }
  std::string ToString() const override {
    if (error_.http_status == 0) return "no HTTP reply";
    return "HTTP " + std::to_string(error_.http_status) +
           (error_.code.empty() ? "" : " " + error_.code);
  }
  const S3Error& error() const { return error_; }

 private:
  S3Error error_;
};

struct OperationWords {
  const char* verb;
  const char* permission;
  bool on_object;
};

// By S3Operation.
constexpr std::array<OperationWords, 8> kOperations = {{
    {"read", "s3:GetObject", true},
    {"look at", "s3:GetObject", true},
    {"write", "s3:PutObject", true},
    {"remove", "s3:DeleteObject", true},
    {"list", "s3:ListBucket", false},
    {"list the unfinished uploads of", "s3:ListBucketMultipartUploads", false},
    {"abort an upload to", "s3:AbortMultipartUpload", true},
    {"reach", "s3:ListBucket", false},
}};

const OperationWords& Words(S3Operation operation) {
  return kOperations[static_cast<size_t>(operation)];
}

struct CodeWords {
  std::string_view code;
  Kind kind;
  const char* text;
};

// What a code means by itself; the others need the question (see Explain).
constexpr const char* kUnknownKey =
    "the server does not know the access key; check AWS_ACCESS_KEY_ID or the profile, "
    "and that the endpoint is the right one";
constexpr const char* kNoSpace =
    "the server has no space left; free space there; the same command resumes";
constexpr CodeWords kCodes[] = {
    {"NoSuchKey", Kind::kMissing, "it does not exist"},
    {"NoSuchUpload", Kind::kMissing, "the upload does not exist (any more)"},
    {"SignatureDoesNotMatch", Kind::kBadCredentials,
     "the server does not accept the signature: the secret key does not belong to this "
     "access key; check AWS_SECRET_ACCESS_KEY or the profile"},
    {"InvalidAccessKeyId", Kind::kBadCredentials, kUnknownKey},
    {"XAdminUserNotFound", Kind::kBadCredentials, kUnknownKey},  // versitygw, as a 404
    {"ExpiredToken", Kind::kBadCredentials,
     "the session token has expired; get new temporary credentials, and the same command "
     "resumes"},
    {"InvalidToken", Kind::kBadCredentials,
     "the server does not accept the session token; check AWS_SESSION_TOKEN, or remove "
     "it when the keys are permanent ones"},
    {"QuotaExceeded", Kind::kFull,
     "the quota there is used up; free space or have it raised, and the same command "
     "resumes"},
    {"InsufficientStorage", Kind::kFull, kNoSpace},
    {"XMinioStorageFull", Kind::kFull, kNoSpace},
    {"InvalidRange", Kind::kChanged, "it is shorter than it was when it was last seen"},
    {"InvalidObjectState", Kind::kOther, "it is archived; restore it first"},
};

constexpr std::array<std::string_view, 3> kRegionCodes = {
    "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed"};

struct Explanation {
  Kind kind;
  std::string text;
};

std::string Resource(const S3Question& question) {
  std::string arn = "arn:aws:s3:::" + question.bucket;
  if (Words(question.operation).on_object) arn += "/" + question.key;
  return Quoted(arn);
}

Explanation Denied(const S3Question& question, const S3Outcome& outcome) {
  const auto& words = Words(question.operation);
  if (question.anonymous) {
    return {Kind::kDenied,
            "access denied to the anonymous request; give credentials "
            "(environment, profile or role) or make the bucket public"};
  }
  std::string lack = std::string("the credentials lack ") + words.permission + " on " +
                     Resource(question);
  const bool reading =
      question.operation == S3Operation::kGet || question.operation == S3Operation::kHead;
  if (reading) {
    lack += " (S3 answers the same when it does not exist and s3:ListBucket is missing)";
  }
  if (!outcome.failure.s3_code.empty()) {
    return {Kind::kDenied, "access denied: " + lack + "; have the policy extended"};
  }
  return {Kind::kDenied,
          "access denied, and the server does not say why: either the secret key or the "
          "session token is wrong, or " +
              lack + "; check both"};
}

Explanation WrongRegion(const S3Question& question, const S3Outcome& outcome) {
  const std::string& right = outcome.right_region;
  if (!right.empty() && right != question.region) {
    return {Kind::kWrongRegion, "the bucket " + Quoted(question.bucket) +
                                    " is in region " + Quoted(right) + ", not in " +
                                    Quoted(question.region) + "; set the region to " +
                                    Quoted(right)};
  }
  return {Kind::kWrongRegion,
          "the bucket " + Quoted(question.bucket) + " is not served by region " +
              Quoted(question.region) + " at " + question.endpoint +
              "; set its region (aws s3api get-bucket-location tells it)"};
}

Explanation Skewed(const S3Outcome& outcome) {
  std::string text = "the clock of this machine is off";
  if (outcome.skew.has_value()) {
    const auto minutes = static_cast<int64_t>(std::round(std::fabs(*outcome.skew) / 60));
    text += " by " + std::to_string(minutes) + " minutes (it is " +
            (*outcome.skew > 0 ? "behind" : "ahead of") + " the server's)";
  }
  return {Kind::kClock, text + "; set it, best by NTP (timedatectl set-ntp true)"};
}

// Other codes of a 403 have reasons of their own.
bool IsPlainDenial(const std::string& code) {
  return code.empty() || code == "AccessDenied" || code == "AllAccessDisabled";
}

bool IsRegion(const S3Question& question, const S3Outcome& outcome) {
  const int status = outcome.failure.http_status;
  for (auto code : kRegionCodes) {
    if (outcome.failure.s3_code == code) return true;
  }
  return (status >= 300 && status < 400) ||
         (status == 400 && outcome.failure.s3_code.empty() &&
          !outcome.right_region.empty() && outcome.right_region != question.region);
}

Explanation NoConnection(const S3Question& question, const S3Outcome& outcome) {
  const std::string text = " (" + outcome.reason + ")";
  switch (outcome.failure.curl_code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Kind::kUnreachable, "the host of the endpoint " + question.endpoint +
                                      " is not known" + text +
                                      "; check the endpoint, the region and the network"};
    case CURLE_COULDNT_CONNECT:
      return {Kind::kUnreachable, "nothing answers at the endpoint " + question.endpoint +
                                      text + "; check its address and that it runs"};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return {Kind::kUnreachable,
              "no trusted TLS connection to the endpoint " + question.endpoint + text +
                  "; check that it speaks https and that its certificate's authority is "
                  "in the CA file"};
    case CURLE_FILESIZE_EXCEEDED:
      return {Kind::kTooLarge, outcome.reason};
    default:
      return {Kind::kFailed,
              "no whole reply from the endpoint " + question.endpoint + text};
  }
}

Explanation ExplainStatus(const S3Question& question, const S3Outcome& outcome) {
  const Failure& failure = outcome.failure;
  for (const CodeWords& words : kCodes) {
    if (failure.s3_code == words.code) return {words.kind, words.text};
  }
  if (failure.s3_code == "NoSuchBucket") {
    return {Kind::kMissingBucket, "the bucket " + Quoted(question.bucket) +
                                      " does not exist at " + question.endpoint +
                                      "; check its name and the endpoint, or create it"};
  }
  if (failure.s3_code == "RequestTimeTooSkewed") return Skewed(outcome);
  if (IsRegion(question, outcome)) return WrongRegion(question, outcome);
  switch (failure.http_status) {
    case 401:
    case 403:
      if (!IsPlainDenial(failure.s3_code)) break;
      return Denied(question, outcome);
    case 404:
      if (!failure.s3_code.empty()) break;  // something else is missing
      return {Kind::kMissing, "it does not exist (or its bucket does not)"};
    case 412:
      if (question.if_absent) return {Kind::kExists, "it exists already"};
      return {Kind::kChanged, "it changed, or was replaced, since it was last seen"};
    case 501:
      return {Kind::kUnsupported,
              "the server does not support this request (" + outcome.reason + ")"};
    case 507:
      return {Kind::kFull, kNoSpace};
    default:
      break;
  }
  return {failure.http_status >= 500 ? Kind::kFailed : Kind::kOther,
          "the server says " + outcome.reason};
}

arrow::StatusCode CodeOf(Kind kind) {
  switch (kind) {
    case Kind::kMissing:
    case Kind::kMissingBucket:
      return arrow::StatusCode::KeyError;
    case Kind::kExists:
      return arrow::StatusCode::AlreadyExists;
    case Kind::kChanged:
    case Kind::kTooLarge:
      return arrow::StatusCode::Invalid;
    default:
      return arrow::StatusCode::IOError;
  }
}

Status Cannot(const S3Question& question, const std::string& why, S3Error error) {
  const auto code = CodeOf(error.kind);
  return {code,
          std::string("cannot ") + OperationVerb(question.operation) + " " +
              ObjectName(question) + ": " + why,
          std::make_shared<S3ErrorDetail>(std::move(error))};
}

}  // namespace

std::optional<S3Error> GetS3Error(const Status& status) {
  if (status.ok() || status.detail() == nullptr) return std::nullopt;
  const auto* detail = dynamic_cast<const S3ErrorDetail*>(status.detail().get());
  if (detail == nullptr) return std::nullopt;
  return detail->error();
}

const char* OperationVerb(S3Operation operation) { return Words(operation).verb; }

std::string ObjectName(const S3Question& question) {
  return Quoted("s3://" + question.bucket + (question.key.empty() ? "" : "/") +
                question.key);
}

std::optional<S3Outcome> Judge(const Result<HttpResponse>& result) {
  S3Outcome outcome;
  if (!result.ok()) {
    const auto curl_code = GetCurlCode(result.status());
    if (!curl_code.has_value()) return std::nullopt;
    outcome.failure.curl_code = *curl_code;
    outcome.reason = result.status().message();
    return outcome;
  }
  const auto reply = ParseError(std::string_view(*result->body));
  outcome.failure.http_status = result->status;
  outcome.failure.s3_code = reply.code;
  outcome.reason = "HTTP " + std::to_string(result->status) +
                   (reply.code.empty() ? "" : " " + reply.code);
  outcome.server_says = reply.message;
  outcome.right_region = Header(result->headers, "x-amz-bucket-region");
  if (outcome.right_region.empty()) outcome.right_region = reply.region;
  const auto date = ParseHttpDate(Header(result->headers, "date"));
  if (date.has_value()) outcome.skew = std::difftime(*date, std::time(nullptr));
  return outcome;
}

Status ExplainFailure(const S3Question& question, const S3Outcome& outcome,
                      int64_t retries, double seconds) {
  const Failure& failure = outcome.failure;
  auto [kind, text] = failure.http_status == 0 ? NoConnection(question, outcome)
                                               : ExplainStatus(question, outcome);
  const bool transient = IsTransient(failure);
  const bool unexplained = kind == Kind::kOther || kind == Kind::kFailed;
  if (unexplained && !outcome.server_says.empty()) {
    text += " (" + outcome.server_says + ")";
  }
  if (transient && retries > 0) {
    text += ", after " + std::to_string(retries) + " retries in " +
            std::to_string(static_cast<int64_t>(seconds)) +
            " s; when it is well again the same command resumes";
  }
  return Cannot(question, text, {kind, failure.http_status, failure.s3_code, transient});
}

Status ChangedError(const S3Question& question, const std::string& what) {
  return Cannot(question, "it changed since it was last seen: " + what,
                {Kind::kChanged, 200, "", false});
}

Status TooLargeError(const S3Question& question, int64_t limit) {
  return Cannot(question,
                "it is larger than the limit of " + std::to_string(limit) + " bytes",
                {Kind::kTooLarge, 200, "", false});
}

Status NonsenseError(const S3Question& question, const std::string& what) {
  return Cannot(question, what, {Kind::kOther, 200, "", false});
}

}  // namespace pomona::store::s3
