// SPDX-License-Identifier: Apache-2.0
// What `pomona train` is told, and what came out.
#pragma once

#include <optional>
#include <string>

#include "pomona/learn/augmented.h"
#include "pomona/learn/boxed.h"
#include "pomona/learn/figures.h"
#include "pomona/learn/labelled.h"
#include "pomona/learn/training.h"

#include "picture_rows.h"

namespace pomona::cli {

struct TrainFlags {
  std::string source;
  std::string destination;
  std::string target;  // "": fruit, with boxes label
  std::string method = "lda";
  std::string shrinkage = "auto";
  std::string penalty = "auto";
  std::string coverage = "90%";
  learn::LabelOptions labels;
  learn::TrainOptions train;
  PictureFlags pictures;
  std::string boxes;
  std::string augment = "none";
  learn::AugmentOptions shelf;
  bool overwrite = false;
  bool json = false;
  bool quiet = false;
};

struct Trained {
  learn::Training training;
  learn::Figures figures;
  std::optional<learn::Boxed> boxed;
  int64_t pictures = 0;
  int64_t copies = 0;
  int64_t left_out = 0;
  size_t labels_left_out = 0;
};

// For people: what was learned from, and how good it is where it was held out.
std::string TrainedText(const Trained& trained, const TrainFlags& flags);

}  // namespace pomona::cli
