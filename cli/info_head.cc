// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <nlohmann/json.hpp>

#include "pomona/base/json.h"
#include "pomona/learn/boxed.h"
#include "pomona/learn/scope.h"

#include "info.h"
#include "text.h"

namespace pomona::cli {
namespace {

using Json = nlohmann::json;

constexpr size_t kIndent = 13;

// Texts of the metadata that are JSON, as such.
Json Expanded(const std::map<std::string, std::string>& metadata) {
  Json all = Json::object();
  for (const auto& [key, text] : metadata) {
    Json json = ParseJson(text);
    all[key] = json.is_structured() ? std::move(json) : Json(text);
  }
  return all;
}

// Words with commas, in lines as wide as the terminal.
std::string Words(const std::vector<std::string>& words, size_t width) {
  const size_t room = width > kIndent + 20 ? width - kIndent : 20;
  std::string text;
  size_t line = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string word = Printable(words[i]) + (i + 1 < words.size() ? "," : "");
    const size_t columns = Columns(word);
    if (line > 0 && line + 1 + columns > room) {
      text += "\n" + std::string(kIndent, ' ');
      line = 0;
    }
    text += (line > 0 ? " " : "") + word;
    line += columns + (line > 0 ? 1 : 0);
  }
  return text;
}

std::string TextAt(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string()
             ? Printable(found->get_ref<const std::string&>())
             : "";
}

double NumberAt(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? found->get<double>() : 0;
}

// By what a picture becomes a row of this head.
std::string RowsText(const learn::Head& head, const Json& metadata) {
  std::string text = Count(head.dim(), "column");
  const Json network = metadata.value("pomona.network", Json::object());
  if (!network.is_object() || network.empty()) return text;
  text += " of " + TextAt(network, "model") + " (" + TextAt(network, "weights") + "), ";
  text += std::to_string(static_cast<int64_t>(NumberAt(network, "input_height"))) +
          " x " + std::to_string(static_cast<int64_t>(NumberAt(network, "input_width")));
  const std::string layer = TextAt(network, "layer");
  if (!layer.empty()) text += ", " + layer;
  const std::string precision = TextAt(metadata, "pomona.precision");
  return precision.empty() ? text : text + ", " + precision;
}

std::string FormText(const learn::RowForm& form) {
  if (form.root && form.normalize) return "square roots, then length 1";
  if (form.root) return "square roots";
  return form.normalize ? "length 1" : "as they are";
}

// What the training saw while it was held out.
std::string HeldOutText(const Json& figures, double coverage) {
  if (!figures.is_object()) return "";
  std::string text = Field(
      "held out", Count(static_cast<int64_t>(NumberAt(figures, "pictures")), "picture") +
                      ", " + Percent(NumberAt(figures, "accuracy")) +
                      " right, macro F1 " + Percent(NumberAt(figures, "macro_f1")));
  text += Field("calibration", Percent(NumberAt(figures, "calibration_error")) +
                                   " mean error of its probabilities");
  return text + Field("candidates", Percent(NumberAt(figures, "coverage")) +
                                        " hold the truth (promised " + Percent(coverage) +
                                        "), " + Fixed(NumberAt(figures, "set_size"), 2) +
                                        " words each");
}

std::string HeadText(const learn::Head& head, const Json& metadata, const View& view) {
  const auto width = static_cast<size_t>(std::max(view.width, 0));
  std::string text = Field("head", Printable(head.target) + ", " +
                                       Count(static_cast<int64_t>(head.classes.size())) +
                                       " classes, " + Printable(head.method));
  text += Field("classes", Words(head.classes, width));
  if (const auto fruits = learn::ScopeOf(head); fruits.ok() && !fruits->empty()) {
    text += Field("speaks of", Words(*fruits, width));
  }
  text += Field("rows", RowsText(head, metadata));
  text += Field("taken as", FormText(head.form));
  const std::string groups = TextAt(metadata, "group_by");
  if (!groups.empty()) text += Field("groups", groups);
  const Json rows = metadata.value("data", Json::object());
  if (rows.is_object() && !rows.empty()) {
    text += Field("learned", Count(static_cast<int64_t>(NumberAt(rows, "rows")), "row") +
                                 ", sha256 " + TextAt(rows, "sha256").substr(0, 16));
  }
  if (learn::IsBoxed(head)) {
    const Json boxes = metadata.value("boxes", Json::object());
    text += Field("boxes",
                  Count(static_cast<int64_t>(NumberAt(boxes, "boxes"))) + " in " +
                      Count(static_cast<int64_t>(NumberAt(boxes, "photos")), "photo"));
  }
  return text + HeldOutText(metadata.value("held_out", Json()), head.coverage);
}

}  // namespace

Info HeadInfo(const learn::Head& head, const View& view) {
  const Json metadata = Expanded(head.metadata);
  Json json = ParseJson(head.ToJson());
  json["kind"] = "head";
  json["metadata"] = metadata;
  return {HeadText(head, metadata, view),
          json.dump(2, ' ', false, Json::error_handler_t::replace)};
}

}  // namespace pomona::cli
