// SPDX-License-Identifier: Apache-2.0
// The pictures of the page, as SVG in it.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "pomona/learn/report.h"

namespace pomona::learn::internal {
namespace {

constexpr double kSide = 260;  // of a plot
constexpr double kLeft = 62;
constexpr double kTop = 10;

std::string Text(double x, double y, const std::string& more, const std::string& text) {
  return "<text x=\"" + Number(x) + "\" y=\"" + Number(y) + "\" " + more + ">" +
         Escaped(text) + "</text>";
}

std::string Open(double width, double height, const std::string& label) {
  return "<svg viewBox=\"0 0 " + Number(width) + " " + Number(height) + "\" width=\"" +
         Number(width) + "\" height=\"" + Number(height) +
         "\" role=\"img\" aria-label=\"" + Escaped(label) + "\">";
}

// Axes of shares from 0 to 1 with their names.
std::string Axes(const std::string& across, const std::string& up) {
  std::string svg;
  for (int i = 0; i <= 4; ++i) {
    const double at = i / 4.0;
    const double x = kLeft + at * kSide;
    const double y = kTop + (1 - at) * kSide;
    svg += "<path class=\"grid\" d=\"M" + Number(x) + " " + Number(kTop) + "v" +
           Number(kSide) + "M" + Number(kLeft) + " " + Number(y) + "h" + Number(kSide) +
           "\"/>";
    svg += Text(x, kTop + kSide + 14, "class=\"tick\" text-anchor=\"middle\"",
                PercentText(at));
    svg += Text(kLeft - 4, y + 4, "class=\"tick\" text-anchor=\"end\"", PercentText(at));
  }
  svg += Text(kLeft + kSide / 2, kTop + kSide + 32,
              "class=\"axis\" text-anchor=\"middle\"", across);
  const double middle = kTop + kSide / 2;
  return svg + Text(10, middle,
                    "class=\"axis\" text-anchor=\"middle\" transform=\"rotate(-90 10 " +
                        Number(middle) + ")\"",
                    up);
}

double X(double share) { return kLeft + share * kSide; }
double Y(double share) { return kTop + (1 - share) * kSide; }

// White to green (right) or red (wrong); small shares are seen, too.
std::string Colour(double share, bool right) {
  const double depth = 0.12 + 0.88 * std::sqrt(share);
  const auto part = [&](double end) {
    return std::to_string(static_cast<int>(std::lround(255 + (end - 255) * depth)));
  };
  return right ? "rgb(" + part(21) + "," + part(115) + "," + part(71) + ")"
               : "rgb(" + part(190) + "," + part(24) + "," + part(35) + ")";
}

// One square of the matrix, with what it says when it is pointed at.
std::string Square(const Figures& figures, size_t truth, size_t answer, double x,
                   double y, double side) {
  const size_t count = figures.classes.size();
  const int64_t rows = figures.confusion[truth * count + answer];
  const double share =
      static_cast<double>(rows) / static_cast<double>(figures.classes[truth].pictures);
  std::string svg = "<g><title>" + Escaped(figures.classes[truth].name) + " said to be " +
                    Escaped(figures.classes[answer].name) + ": " + std::to_string(rows) +
                    " (" + PercentText(share) + ")</title><rect x=\"" + Number(x) +
                    "\" y=\"" + Number(y) + "\" width=\"" + Number(side) +
                    "\" height=\"" + Number(side) + "\" fill=\"" +
                    Colour(share, truth == answer) + "\"/>";
  if (side >= 20) {
    svg += Text(x + side / 2, y + side / 2 + 4,
                "class=\"cell\" text-anchor=\"middle\" fill=\"" +
                    std::string(share > 0.4 ? "#fff" : "#222") + "\"",
                std::to_string(rows));
  }
  return svg + "</g>";
}

}  // namespace

std::string Number(double x) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f", x);
  std::string number = text;
  while (number.back() == '0') number.pop_back();
  if (number.back() == '.') number.pop_back();
  return number;
}

std::string ConfusionSvg(const Figures& figures) {
  const size_t count = figures.classes.size();
  const double side = std::clamp(640.0 / static_cast<double>(count), 9.0, 34.0);
  const double letters = std::min(12.0, side - 1);
  size_t longest = 0;
  for (const auto& c : figures.classes) longest = std::max(longest, c.name.size());
  const double margin = 12 + letters * 0.58 * static_cast<double>(longest);
  const double all = side * static_cast<double>(count);
  std::string svg =
      Open(margin + all + margin * 0.75 + 4, margin + all + 4,
           "confusion matrix: a line for each class, a column for each answer");
  svg += "<rect x=\"" + Number(margin) + "\" y=\"" + Number(margin) + "\" width=\"" +
         Number(all) + "\" height=\"" + Number(all) + "\" class=\"field\"/>";
  const std::string font = "class=\"name\" font-size=\"" + Number(letters) + "\"";
  for (size_t c = 0; c < count; ++c) {
    const double at = margin + side * static_cast<double>(c);
    const double middle = at + side / 2 + letters * 0.35;
    svg +=
        Text(margin - 4, middle, font + " text-anchor=\"end\"", figures.classes[c].name);
    svg += Text(middle, margin - 4,
                font + " transform=\"rotate(-60 " + Number(middle) + " " +
                    Number(margin - 4) + ")\"",
                figures.classes[c].name);
    if (c % 10 == 0 && count > 30) {
      svg += "<path class=\"grid\" d=\"M" + Number(at) + " " + Number(margin) + "v" +
             Number(all) + "M" + Number(margin) + " " + Number(at) + "h" + Number(all) +
             "\"/>";
    }
  }
  for (size_t i = 0; i < count * count; ++i) {
    if (figures.confusion[i] == 0) continue;
    svg += Square(figures, i / count, i % count,
                  margin + side * static_cast<double>(i % count),
                  margin + side * static_cast<double>(i / count), side);
  }
  return svg + "</svg>";
}

std::string CalibrationSvg(const Figures& figures) {
  std::string svg = Open(kLeft + kSide + 20, kTop + kSide + 40,
                         "calibration: probability said, and share that is right");
  svg += Axes("how sure the head is", "how often it is right");
  svg += "<path class=\"ideal\" d=\"M" + Number(X(0)) + " " + Number(Y(0)) + "L" +
         Number(X(1)) + " " + Number(Y(1)) + "\"/>";
  std::string line;
  std::string dots;
  for (const CalibrationBin& bin : figures.calibration) {
    if (bin.rows == 0) continue;
    const std::string x = Number(X(bin.probability));
    const std::string y = Number(Y(bin.right));
    line += (line.empty() ? "M" : "L") + x + " " + y;
    const double share =
        static_cast<double>(bin.rows) / static_cast<double>(figures.rows);
    dots += "<circle cx=\"" + x + "\" cy=\"" + y + "\" r=\"" +
            Number(2.5 + 9 * std::sqrt(share)) + "\"><title>" + std::to_string(bin.rows) +
            " pictures: said " + PercentText(bin.probability) + ", right " +
            PercentText(bin.right) + "</title></circle>";
  }
  return svg + "<path class=\"line\" d=\"" + line + "\"/><g class=\"dots\">" + dots +
         "</g></svg>";
}

std::string SetSizesSvg(const Figures& figures) {
  constexpr size_t kMost = 10;  // and more are one bar
  std::vector<double> bars(kMost, 0.0);
  for (size_t k = 1; k < figures.set_sizes.size(); ++k) {
    bars[std::min(k, kMost) - 1] += static_cast<double>(figures.set_sizes[k]);
  }
  std::string svg =
      Open(kLeft + kSide + 20, kTop + kSide + 40, "how many words the candidates are");
  const double most = *std::max_element(bars.begin(), bars.end());
  const double step = kSide / static_cast<double>(kMost);
  for (size_t k = 0; k < kMost; ++k) {
    const double x = kLeft + step * static_cast<double>(k);
    const double height = most > 0 ? (kSide - 16) * bars[k] / most : 0;
    const double share = bars[k] / static_cast<double>(figures.rows);
    svg += "<rect class=\"bar\" x=\"" + Number(x + 2) + "\" y=\"" +
           Number(kTop + kSide - height) + "\" width=\"" + Number(step - 4) +
           "\" height=\"" + Number(height) + "\"/>";
    svg += Text(x + step / 2, kTop + kSide + 14, "class=\"tick\" text-anchor=\"middle\"",
                std::to_string(k + 1) + (k + 1 == kMost ? "+" : ""));
    if (bars[k] > 0) {
      // Without decimals, which would meet those of the next bar.
      const long percent = std::lround(share * 100);
      svg += Text(x + step / 2, kTop + kSide - height - 4,
                  "class=\"tick\" text-anchor=\"middle\"",
                  (percent == 0 ? std::string("<1") : std::to_string(percent)) + "%");
    }
  }
  return svg +
         Text(kLeft + kSide / 2, kTop + kSide + 32,
              "class=\"axis\" text-anchor=\"middle\"", "words a picture") +
         "</svg>";
}

std::string UnknownSvg(const Evaluation& evaluation, double known_distance) {
  const auto beyond = [](const std::vector<double>& distances, double at) {
    const auto count = std::count_if(distances.begin(), distances.end(),
                                     [&](double d) { return d > at; });
    return static_cast<double>(count) / static_cast<double>(distances.size());
  };
  std::vector<double> own = evaluation.distances;
  std::sort(own.begin(), own.end());
  std::string svg = Open(kLeft + kSide + 20, kTop + kSide + 40,
                         "refused pictures of other classes against refused own ones");
  svg += Axes("own pictures refused", "others refused");
  std::string line = "M" + Number(X(0)) + " " + Number(Y(0));
  constexpr int kPoints = 200;
  for (int i = kPoints; i >= 0; --i) {
    const auto last = static_cast<double>(own.size() - 1);
    const double at = own[static_cast<size_t>(last * i / kPoints)];
    line += "L" + Number(X(beyond(own, at))) + " " +
            Number(Y(beyond(evaluation.other_distances, at)));
  }
  line += "L" + Number(X(1)) + " " + Number(Y(1));
  return svg + "<path class=\"line\" d=\"" + line +
         "\"/><g class=\"dots\"><circle r=\"5\" cx=\"" +
         Number(X(beyond(own, known_distance))) + "\" cy=\"" +
         Number(Y(beyond(evaluation.other_distances, known_distance))) +
         "\"><title>the head's own limit</title></circle></g></svg>";
}

}  // namespace pomona::learn::internal
