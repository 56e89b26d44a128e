// SPDX-License-Identifier: Apache-2.0
#include "pomona/base/reject.h"

#include <array>
#include <memory>
#include <utility>

namespace pomona {
namespace {

constexpr std::array<std::string_view, 5> kStageNames = {"list", "read", "decode",
                                                         "preprocess", "extract"};
constexpr std::array<std::string_view, 11> kCodeNames = {
    "bad_name",  "vanished", "changed",     "read_failed", "empty",     "not_an_image",
    "truncated", "corrupt",  "unsupported", "too_large",   "not_finite"};

class RejectDetail : public arrow::StatusDetail {
 public:
  explicit RejectDetail(Reject reject) : reject_(reject) {}
  const char* type_id() const override { return "pomona::RejectDetail"; }
  std::string ToString() const override {
    return std::string(RejectStageName(reject_.stage)) + "/" +
           std::string(RejectCodeName(reject_.code));
  }
  Reject reject() const { return reject_; }

 private:
  Reject reject_;
};

}  // namespace

std::string_view RejectStageName(RejectStage stage) {
  return kStageNames[static_cast<size_t>(stage)];
}

std::string_view RejectCodeName(RejectCode code) {
  return kCodeNames[static_cast<size_t>(code)];
}

std::optional<RejectCode> ParseRejectCode(std::string_view name) {
  for (size_t i = 0; i < kCodeNames.size(); ++i) {
    if (kCodeNames[i] == name) return static_cast<RejectCode>(i);
  }
  return std::nullopt;
}

bool IsRetriable(RejectCode code) {
  return code == RejectCode::kReadFailed || code == RejectCode::kVanished;
}

Status RejectStatus(RejectStage stage, RejectCode code, std::string message) {
  return Status(arrow::StatusCode::Invalid, std::move(message),
                std::make_shared<RejectDetail>(Reject{stage, code}));
}

std::optional<Reject> GetReject(const Status& status) {
  if (status.ok() || status.detail() == nullptr) return std::nullopt;
  const auto* detail = dynamic_cast<const RejectDetail*>(status.detail().get());
  if (detail == nullptr) return std::nullopt;
  return detail->reject();
}

}  // namespace pomona
