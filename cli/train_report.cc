// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "figures_text.h"
#include "info.h"
#include "text.h"
#include "train.h"

namespace pomona::cli {
namespace {

std::string MarginText(const learn::Margin& margin) {
  if (margin.pairs < learn::kMarginPairs) return "";
  return "left " + Percent(-margin.left) + ", top " + Percent(-margin.top) + ", right " +
         Percent(margin.right) + ", bottom " + Percent(margin.bottom);
}

std::string BoxedText(const learn::Boxed& boxed) {
  std::string text =
      Field("boxes", Count(boxed.boxes) + " in " + Count(boxed.photos, "photo") + "; " +
                         Count(boxed.pairs) + " meet a region that was found, " +
                         Count(boxed.boxes - boxed.pairs) + " meet none");
  if (boxed.photos_without > 0) {
    text += Field("left out", Count(boxed.photos_without, "photo") + " without boxes");
  }
  if (boxed.no_fruit > 0) {
    text += Field(learn::kNoFruit, Count(boxed.no_fruit, "region") + " apart from boxes");
  }
  const std::string shapes = MarginText(boxed.shapes);
  const std::string windows = MarginText(boxed.windows);
  if (!shapes.empty()) text += Field("margin", shapes + " (shapes)");
  if (!windows.empty()) text += Field("margin", windows + " (windows)");
  return text;
}

}  // namespace

std::string TrainedText(const Trained& trained, const TrainFlags& flags) {
  const learn::Head& head = trained.training.head;
  std::string text = Field(
      "head", head.target + ", " + Count(static_cast<int64_t>(head.classes.size())) +
                  " classes" + " from " +
                  Count(trained.pictures, trained.boxed ? "region" : "picture"));
  if (trained.boxed) text += BoxedText(*trained.boxed);
  if (trained.copies > 0)
    text += Field("augmented", Count(trained.copies) + " copies beside them");
  if (trained.left_out > 0) {
    text += Field("left out",
                  Count(trained.left_out, "picture") + " of " +
                      Count(static_cast<int64_t>(trained.labels_left_out), "label") +
                      " that do not tell it");
  }
  for (const learn::Tried& tried : trained.training.tried) {
    char strength[32];
    std::snprintf(strength, sizeof(strength), "%-8g", tried.strength);
    text += Field(std::string(learn::StrengthName(flags.train.method)),
                  std::string(strength) + "accuracy " + Percent(tried.accuracy) +
                      ", log loss " + Fixed(tried.log_loss, 3));
  }
  text += "\nheld out, " +
          std::string(trained.boxed                   ? "by photo"
                      : flags.labels.group_by.empty() ? "neighbours together"
                                                      : "by group") +
          ":\n" + FiguresText(trained.figures, head.coverage);
  if (trained.training.not_held_out > 0) {
    text += Field("not tested", Count(trained.training.not_held_out, "picture") +
                                    " of classes with one group alone");
  }
  text += "\nwritten to " + flags.destination + "\nnext: pomona predict PHOTO --head " +
          flags.destination + "\n";
  return text;
}

}  // namespace pomona::cli
