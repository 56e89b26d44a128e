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
constexpr char kFruitsOfKey[] = "fruits_of";

// For each class of the head whether it is of `fruit`.
using ClassesOf = std::map<std::string, std::vector<bool>>;

Result<ClassesOf> ReadFruitsOf(const Head& head, const std::string& text) {
  ClassesOf classes;
  try {
    const auto json = ParseJson(text);
    for (size_t c = 0; c < head.classes.size(); ++c) {
      for (const auto& fruit : json.at(head.classes[c]).get<std::vector<std::string>>()) {
        classes.try_emplace(fruit, head.classes.size()).first->second[c] = true;
      }
    }
  } catch (const nlohmann::json::exception&) {
    return Status::Invalid("the head for ", head.target, " is damaged: its ",
                           kFruitsOfKey, " does not tell the fruits of each class");
  }
  return classes;
}

void KeepWords(const std::vector<bool>& keep, Answer* answer) {
  double sum = 0;
  auto& p = answer->probabilities;
  for (size_t c = 0; c < p.size(); ++c) {
    if (!keep[c]) p[c] = 0;
    sum += p[c];
  }
  for (size_t c = 0; c < p.size(); ++c) {
    // Where nothing is left the words of the fruit are as probable as each other.
    if (keep[c]) p[c] = sum > 0 ? p[c] / sum : 1;
  }
  if (sum == 0) {
    const auto count = static_cast<double>(std::count(keep.begin(), keep.end(), true));
    for (double& each : p) each /= count;
  }
  answer->best = static_cast<int32_t>(std::max_element(p.begin(), p.end()) - p.begin());
  std::erase_if(answer->set, [&](int32_t c) { return !keep[static_cast<size_t>(c)]; });
  if (answer->set.empty()) answer->set = {answer->best};
}

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

std::string FruitsOfWords(const Labelled& labelled, Target target) {
  if (target != Target::kVariety) return "";
  std::map<std::string, std::set<std::string>> fruits;
  for (size_t i = 0; i < labelled.fruits.size(); ++i) {
    if (labelled.fruits[i].empty()) return "";
    fruits[labelled.rows.classes[i]].insert(labelled.fruits[i]);
  }
  return nlohmann::json(fruits).dump(-1, ' ', false,
                                     nlohmann::json::error_handler_t::replace);
}

Status FitToFruit(const Head& head, const Head* fruit, const std::vector<Answer>& fruits,
                  std::vector<Answer>* answers) {
  const auto text = head.metadata.find(kFruitsOfKey);
  if (text == head.metadata.end() || fruit == nullptr) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto classes, ReadFruitsOf(head, text->second));
  for (size_t i = 0; i < answers->size(); ++i) {
    if (!fruits[i].known) continue;
    const auto own = classes.find(fruit->classes[static_cast<size_t>(fruits[i].best)]);
    if (own != classes.end()) KeepWords(own->second, &(*answers)[i]);
  }
  return Status::OK();
}

}  // namespace pomona::learn
