// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/augmented.h"

#include <algorithm>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <arrow/buffer.h>
#include <arrow/util/future.h>
#include <tbb/task_arena.h>

#include "pomona/engine/feature_extractor.h"
#include "pomona/image/shelf.h"
#include "pomona/job/extract.h"
#include "pomona/job/plan.h"
#include "pomona/job/reuse.h"

namespace pomona::learn {
namespace {

using store::ListedImage;

constexpr int64_t kMostBackgrounds = 500;
constexpr int64_t kBackgroundSide = 400;

// The pictures of a source, each shrunk: they stay in memory.
Result<std::vector<image::Image>> LoadBackgrounds(const std::string& location) {
  std::vector<image::Image> found;
  if (location.empty()) return found;
  ARROW_ASSIGN_OR_RAISE(const auto source, store::OpenImageSource(location, {}));
  const auto take = [&](const ListedImage& listed) -> Status {
    if (!listed.valid_name || static_cast<int64_t>(found.size()) == kMostBackgrounds) {
      return Status::OK();
    }
    auto read = source->Read(listed);  // holds what MoveResult refers to
    ARROW_ASSIGN_OR_RAISE(const auto bytes, read.MoveResult());
    image::Image picture;
    const std::span<const uint8_t> span(bytes->data(),
                                        static_cast<size_t>(bytes->size()));
    const Status decoded = image::Decode(span, {}, &picture);
    if (!decoded.ok()) {
      return decoded.WithMessage("the background ", listed.path, ": ", decoded.message());
    }
    const int64_t longer = std::max(picture.width, picture.height);
    if (longer <= kBackgroundSide) {
      found.push_back(std::move(picture));
      return Status::OK();
    }
    const auto side = [&](int64_t own) {
      return std::max<int64_t>(1, own * kBackgroundSide / longer);
    };
    return image::Resize(picture, side(picture.width), side(picture.height),
                         image::Filter::kBilinear, &found.emplace_back());
  };
  ARROW_RETURN_NOT_OK(source->List("", take).status());
  if (!found.empty()) return found;
  return Status::Invalid(location, " holds no picture that could be a background");
}

// The labelled pictures of the source, and where their rows stand.
struct Listed {
  std::vector<ListedImage> images;
  std::map<std::string, size_t> row_of;
};

Result<Listed> ListLabelled(store::ImageSource* source, const Labelled& labelled) {
  Listed out;
  for (size_t i = 0; i < labelled.paths.size(); ++i) out.row_of[labelled.paths[i]] = i;
  ARROW_RETURN_NOT_OK(source
                          ->List("",
                                 [&](ListedImage image) {
                                   if (out.row_of.contains(image.path)) {
                                     out.images.push_back(std::move(image));
                                   }
                                   return Status::OK();
                                 })
                          .status());
  return out;
}

void Append(const table::FeatureTable& rows, const std::map<std::string, size_t>& row_of,
            Labelled* labelled) {
  TrainingRows& to = labelled->rows;
  to.rows.insert(to.rows.end(), rows.rows.begin(), rows.rows.end());
  for (const table::RowKey& key : rows.keys) {
    const size_t original = row_of.at(key.path);
    to.classes.push_back(to.classes[original]);
    to.groups.push_back(to.groups[original]);
    labelled->paths.push_back(key.path);
    labelled->fruits.push_back(labelled->fruits[original]);
  }
}

}  // namespace

Status AugmentOptions::Validate() const {
  if (copies >= 1 && copies <= 100) return Status::OK();
  return Status::Invalid("copies ", copies, ": 1 to 100 needed");
}

Status AddAugmented(const std::string& location, const job::Settings& wanted,
                    const AugmentOptions& options, Labelled* labelled) {
  ARROW_RETURN_NOT_OK(options.Validate());
  job::Settings settings = wanted;
  ARROW_RETURN_NOT_OK(job::AdoptRowSettings(labelled->metadata, &settings));
  const auto precision = labelled->metadata.find("pomona.precision");
  if (precision != labelled->metadata.end()) settings.precision = precision->second;
  ARROW_ASSIGN_OR_RAISE(const auto backbone, model::LoadBackbone(settings.backbone));
  ARROW_ASSIGN_OR_RAISE(const job::Plan plan, job::MakePlan(settings, backbone, "", ""));
  ARROW_ASSIGN_OR_RAISE(auto backgrounds, LoadBackgrounds(options.backgrounds));
  const image::Shelf shelf(options.seed, std::move(backgrounds));
  ARROW_ASSIGN_OR_RAISE(const auto source,
                        store::OpenImageSource(location, settings.source));
  ARROW_ASSIGN_OR_RAISE(const Listed listed, ListLabelled(source.get(), *labelled));

  const int threads =
      options.threads > 0 ? options.threads : tbb::this_task_arena::max_concurrency();
  ARROW_ASSIGN_OR_RAISE(
      const auto extractor,
      engine::MakeFeatureExtractor(
          backbone, {plan.engine.precision, threads, 0, plan.engine.backend}));
  job::ExtractContext context;
  context.source = source.get();
  context.extractor = extractor.get();
  context.contract = plan.contract;
  context.max_pixels = settings.max_pixels;
  context.threads = threads;
  const auto total = static_cast<int64_t>(listed.images.size()) * options.copies;
  // A copy is a shard: its rows come in the order of the listing.
  for (int64_t copy = 0; copy < options.copies; ++copy) {
    context.alter = [&](const ListedImage& image, image::Image* picture) {
      return shelf.Apply(image.path + "\n" + std::to_string(copy), picture);
    };
    const auto before = copy * static_cast<int64_t>(listed.images.size());
    ARROW_RETURN_NOT_OK(job::ExtractShards(
        context, {0},
        [&](int64_t) -> Result<std::vector<ListedImage>> { return listed.images; },
        [&](int64_t, job::ShardResult result) {
          Append(result.features, listed.row_of, labelled);
          return Status::OK();
        },
        [&](int64_t images, int64_t) {
          if (options.progress) options.progress(before + images, total);
        },
        {}));
  }
  return Status::OK();
}

}  // namespace pomona::learn
