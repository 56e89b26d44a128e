// SPDX-License-Identifier: Apache-2.0
// An evaluation as a page: one HTML file that needs nothing beside it.
#pragma once

#include <string>

#include "pomona/learn/evaluation.h"

namespace pomona::learn {

// The figures, the confusion matrix, calibration, candidates, "don't know" where pictures
// of other classes were there, the worst pairs, all classes. The JSON of the evaluation
// stands in <script type="application/json" id="figures">.
std::string EvaluationHtml(const Evaluation& evaluation, const Head& head,
                           const std::string& source);

namespace internal {
// "<" and its kind as entities.
std::string Escaped(const std::string& text);
// A number of CSS or SVG, with at most two digits after the point.
std::string Number(double x);
std::string PercentText(double share);
std::string ConfusionSvg(const Figures& figures);
std::string CalibrationSvg(const Figures& figures);
std::string SetSizesSvg(const Figures& figures);
// Of pictures of other classes how many are refused, against how many of its own.
std::string UnknownSvg(const Evaluation& evaluation, double known_distance);
}  // namespace internal

}  // namespace pomona::learn
