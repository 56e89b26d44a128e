// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/scope.h"

#include <algorithm>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "pomona/base/json.h"

namespace pomona::learn {
namespace {

constexpr char kScopeKey[] = "applies_to";

}  // namespace

std::vector<std::string> FruitsToldApart(const Labelled& labelled, Target target) {
  if (target != Target::kMaturity && target != Target::kHealth) return {};
  std::map<std::string, std::set<std::string>> words;
  for (size_t i = 0; i < labelled.fruits.size(); ++i) {
    if (labelled.fruits[i].empty()) return {};
    words[labelled.fruits[i]].insert(labelled.rows.classes[i]);
  }
  std::vector<std::string> fruits;
  for (const auto& [fruit, own] : words) {
    if (own.size() > 1) fruits.push_back(fruit);
  }
  return fruits;
}

void KeepScope(const std::vector<std::string>& fruits, Head* head) {
  if (fruits.empty()) return;
  head->metadata[kScopeKey] = nlohmann::json(fruits).dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<std::vector<std::string>> ScopeOf(const Head& head) {
  const auto found = head.metadata.find(kScopeKey);
  if (found == head.metadata.end()) return std::vector<std::string>{};
  try {
    auto fruits = ParseJson(found->second).get<std::vector<std::string>>();
    if (!fruits.empty()) return fruits;
  } catch (const nlohmann::json::exception&) {
    // Told below.
  }
  return Status::Invalid("the head for ", head.target, " is damaged: its ", kScopeKey,
                         " is no list of fruits: ", found->second);
}

Result<std::vector<char>> InScope(const Head& head, const Head* fruit,
                                  const std::vector<Answer>& fruits, int64_t rows) {
  std::vector<char> in(static_cast<size_t>(rows), 1);
  ARROW_ASSIGN_OR_RAISE(const auto scope, ScopeOf(head));
  if (scope.empty() || fruit == nullptr) return in;
  for (size_t i = 0; i < in.size(); ++i) {
    const std::string& word = fruit->classes[static_cast<size_t>(fruits[i].best)];
    const bool told = std::find(scope.begin(), scope.end(), word) != scope.end();
    in[i] = fruits[i].known && told ? 1 : 0;
  }
  return in;
}

}  // namespace pomona::learn
