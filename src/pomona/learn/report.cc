// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/report.h"

#include <algorithm>
#include <cstdio>
#include <numeric>

namespace pomona::learn {
namespace {

using internal::Escaped;
using internal::PercentText;

constexpr size_t kPairs = 20;

constexpr char kStyle[] = R"css(
:root{color-scheme:light}
body{font:15px/1.45 system-ui,sans-serif;color:#1d2522;background:#fff;margin:0;
 padding:24px 32px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:19px;margin:36px 0 8px}
p{max-width:75ch;margin:6px 0}.note{color:#56615c}
.warn{background:#fff4d6;border-left:4px solid #d99a00;padding:8px 12px}
.cards{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0}
.card{border:1px solid #d8dfdb;border-radius:8px;padding:10px 14px;min-width:120px}
.card b{display:block;font-size:23px}.card span{color:#56615c;font-size:13px}
.plots{display:flex;flex-wrap:wrap;gap:28px}figure{margin:0;max-width:330px}
figcaption{font-size:13px;color:#56615c}.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:14px}
th,td{padding:3px 12px 3px 0;text-align:right;border-bottom:1px solid #e5eae7}
th:first-child,td:first-child,.word{text-align:left}th{font-weight:600}
.grid{stroke:#e5eae7;fill:none}.field{fill:#f8faf9;stroke:#c9d2cd}
.ideal{stroke:#98a39e;stroke-dasharray:4 4}.line{stroke:#157347;stroke-width:2;fill:none}
.dots{fill:#157347}.bar{fill:#157347}.tick,.cell{font-size:11px}.axis{font-size:13px}
.cell{pointer-events:none}.tick,.axis,.name{fill:#3c4743}
)css";

using Rows = std::vector<std::vector<std::string>>;

// Cells as they are given; the first row is the header; `words` columns are set left.
std::string HtmlTable(const Rows& rows, size_t words) {
  std::string html = "<table>";
  for (size_t r = 0; r < rows.size(); ++r) {
    html += "<tr>";
    for (size_t c = 0; c < rows[r].size(); ++c) {
      const std::string tag = r == 0 ? "th" : "td";
      html += "<" + tag + (c < words ? " class=\"word\">" : ">") + Escaped(rows[r][c]) +
              "</" + tag + ">";
    }
    html += "</tr>\n";
  }
  return html + "</table>\n";
}

std::string Card(const std::string& figure, const std::string& what) {
  return "<div class=\"card\"><b>" + Escaped(figure) + "</b><span>" + Escaped(what) +
         "</span></div>\n";
}

std::string Figure(const std::string& svg, const std::string& caption) {
  return "<figure>" + svg + "<figcaption>" + Escaped(caption) +
         "</figcaption></figure>\n";
}

std::string Cards(const Evaluation& evaluation) {
  const Figures& f = evaluation.figures;
  std::string html = "<div class=\"cards\">\n" +
                     Card(std::to_string(f.rows), "pictures") +
                     Card(PercentText(f.accuracy), "accuracy") +
                     Card(PercentText(f.macro_f1), "macro F1") +
                     Card(PercentText(f.calibration_error), "calibration error") +
                     Card(PercentText(f.coverage), "candidates hold the truth") +
                     Card(internal::Number(f.set_size), "candidates a picture") +
                     Card(PercentText(f.unknown), "not known");
  if (evaluation.other > 0) {
    html += Card(PercentText(evaluation.other_unknown),
                 "of " + std::to_string(evaluation.other) + " others not known");
  }
  return html + "</div>\n";
}

std::string SpecimensHtml(const SpecimenFigures& split) {
  const auto line = [](const char* name, const std::optional<Figures>& f) {
    if (!f) return std::vector<std::string>{name, "0", "", "", "", ""};
    return std::vector<std::string>{name,
                                    std::to_string(f->rows),
                                    PercentText(f->accuracy),
                                    PercentText(f->macro_f1),
                                    PercentText(f->calibration_error),
                                    PercentText(f->coverage)};
  };
  std::string html = "<h2>Same and other specimens</h2>\n";
  if (split.same) {
    html += "<p class=\"warn\">" + std::to_string(split.same->rows) +
            " pictures show specimens that the head was trained on: the figures above "
            "flatter it. Those of other specimens tell what to expect.</p>\n";
  }
  return html + HtmlTable({{"pictures of", "pictures", "accuracy", "macro F1",
                            "calibration error", "candidates hold the truth"},
                           line("specimens of the training", split.same),
                           line("other specimens", split.other)},
                          1);
}

std::string PairsHtml(const Figures& figures) {
  const auto pairs = WorstConfusions(figures, kPairs);
  if (pairs.empty()) return "<p>No picture was taken for another class.</p>\n";
  Rows rows = {{"is", "said to be", "pictures", "of its own"}};
  for (const Confusion& pair : pairs) {
    rows.push_back({figures.classes[pair.truth].name, figures.classes[pair.answer].name,
                    std::to_string(pair.rows), PercentText(pair.share)});
  }
  return HtmlTable(rows, 2);
}

std::string ClassesHtml(const Figures& figures) {
  std::vector<size_t> order(figures.classes.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return figures.classes[a].f1() < figures.classes[b].f1();
  });
  Rows rows = {{"class", "pictures", "precision", "recall", "F1"}};
  for (const size_t c : order) {
    const ClassFigures& own = figures.classes[c];
    if (own.pictures == 0) continue;
    rows.push_back({own.name, std::to_string(own.pictures), PercentText(own.precision()),
                    PercentText(own.recall()), PercentText(own.f1())});
  }
  return HtmlTable(rows, 1);
}

std::string Plots(const Evaluation& evaluation, const Head& head) {
  const Figures& f = evaluation.figures;
  std::string html =
      "<h2>How far it can be trusted</h2>\n<div class=\"plots\">\n" +
      Figure(
          internal::CalibrationSvg(f),
          "On the dashed line a head is right as often as it says. The larger a dot, the "
          "more pictures.") +
      Figure(internal::SetSizesSvg(f), "Candidates hold the truth for " +
                                           PercentText(f.coverage) + ", promised " +
                                           PercentText(head.coverage) + ".");
  if (evaluation.other > 0) {
    const double area = Separation(evaluation.distances, evaluation.other_distances);
    html += Figure(internal::UnknownSvg(evaluation, head.known_distance),
                   "Pictures of classes that the head does not have, by every limit of "
                   "the distance; the dot is the head's own. Area under the curve " +
                       internal::Number(area) + ".");
  }
  return html + "</div>\n";
}

// JSON that no parser of HTML takes for its own.
std::string Embedded(std::string json) {
  for (size_t at = 0; (at = json.find('<', at)) != std::string::npos;) {
    json.replace(at, 1, "\\u003c");
  }
  return json;
}

}  // namespace

std::string internal::Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string internal::PercentText(double share) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", share * 100);
  std::string number = text;
  if (number.ends_with(".0")) number.resize(number.size() - 2);
  return number + "\u00a0%";
}

std::string EvaluationHtml(const Evaluation& evaluation, const Head& head,
                           const std::string& source) {
  const Figures& f = evaluation.figures;
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Pomona: how good "
      "the head for " +
      Escaped(head.target) + " is</title>\n<style>" + kStyle +
      "</style></head>\n<body>\n<h1>How good the head for " + Escaped(head.target) +
      " is</h1>\n<p class=\"note\">" + std::to_string(head.classes.size()) +
      " classes (" + Escaped(head.method) + "), on the pictures of " + Escaped(source) +
      "</p>\n" + Cards(evaluation);
  if (evaluation.left_out > 0) {
    html += "<p class=\"note\">" + std::to_string(evaluation.left_out) +
            " pictures are left out: their label does not tell the " +
            Escaped(head.target) + ".</p>\n";
  }
  if (evaluation.specimens) {
    html += SpecimensHtml(*evaluation.specimens);
  } else {
    html +=
        "<p class=\"note\">Whether pictures show specimens of the training was not "
        "looked "
        "at (--training): if they do, these figures flatter the head.</p>\n";
  }
  html += Plots(evaluation, head);
  html += "<h2>What is taken for what</h2>\n" + PairsHtml(f);
  html +=
      "<h2>Confusion matrix</h2>\n<p class=\"note\">A line for each class, a column for "
      "each answer: green is right, red is wrong, the darker the larger its share of the "
      "line. Point at a square to read it.</p>\n<div class=\"wide\">" +
      internal::ConfusionSvg(f) + "</div>\n";
  html += "<h2>Classes, the worst first</h2>\n" + ClassesHtml(f);
  return html + "<script type=\"application/json\" id=\"figures\">\n" +
         Embedded(evaluation.ToJson()) + "</script>\n</body></html>\n";
}

}  // namespace pomona::learn
