// SPDX-License-Identifier: Apache-2.0
#include "annotated.h"

#include <filesystem>
#include <set>
#include <span>
#include <utility>

#include <arrow/api.h>
#include <arrow/buffer.h>
#include <arrow/util/future.h>

#include "pomona/image/image.h"
#include "pomona/learn/annotate.h"
#include "pomona/store/byte_store.h"
#include "pomona/store/image_source.h"

#include "answer_columns.h"
#include "text.h"

namespace pomona::cli {
namespace {

struct Drawing {
  int64_t width = 0;
  int64_t height = 0;
  std::vector<learn::Mark> marks;
};
using Drawings = std::map<std::string, Drawing>;  // by path

// "Banana 98.2 %, ripe", what is not known with a "?".
std::string Label(const arrow::RecordBatch& batch, const std::vector<learn::Head>& heads,
                  int64_t i) {
  std::string text;
  for (const auto& head : heads) {
    const std::string& t = head.target;
    const bool first = &head == &heads.front();
    const bool known = Column<arrow::BooleanArray>(batch, t + "_known").Value(i);
    if (!known && !first) continue;
    text += (first ? "" : ", ") + std::string(known ? "" : "? ") +
            Column<arrow::StringArray>(batch, t).GetString(i);
    const auto& sure = Column<arrow::DoubleArray>(batch, t + "_probability");
    if (first && sure.IsValid(i)) text += " " + Percent(sure.Value(i));
  }
  return text;
}

learn::Mark MarkOf(const arrow::RecordBatch& batch, const std::vector<learn::Head>& heads,
                   int64_t i) {
  learn::Mark mark;
  mark.left = Whole(batch, "left", i);
  mark.top = Whole(batch, "top", i);
  mark.right = Whole(batch, "right", i);
  mark.bottom = Whole(batch, "bottom", i);
  mark.outline = Outline(batch, i);
  mark.text = Label(batch, heads, i);
  mark.word = Column<arrow::StringArray>(batch, heads.front().target).GetString(i);
  return mark;
}

Result<Drawings> DrawingsOf(const AnswerTables& tables,
                            const std::vector<learn::Head>& heads) {
  Drawings drawings;
  for (const auto& table : tables) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, table->CombineChunksToBatch());
    if (!HasFruits(*batch)) {
      return Status::Invalid("--annotate draws fruits: give --regions fruits too");
    }
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      const auto mark = MarkOf(*batch, heads, i);
      const auto path = Column<arrow::StringArray>(*batch, "path").GetString(i);
      Drawing& drawing = drawings[path];
      if (IsFruit(*batch, i)) {
        drawing.marks.push_back(mark);
      } else {
        drawing.width = mark.right;
        drawing.height = mark.bottom;
      }
    }
  }
  return drawings;
}

}  // namespace

Result<int64_t> WriteAnnotated(const AnswerTables& tables,
                               const std::vector<learn::Head>& heads,
                               const std::string& source, const job::Settings& settings,
                               const std::string& folder, const Typed& typed) {
  ARROW_ASSIGN_OR_RAISE(const auto drawings, DrawingsOf(tables, heads));
  ARROW_ASSIGN_OR_RAISE(const auto photos,
                        store::OpenImageSource(source, settings.source));
  ARROW_ASSIGN_OR_RAISE(const auto store, store::OpenByteStore(folder));
  std::set<std::string> names;
  const auto draw = [&](store::ListedImage photo) -> Status {
    const auto found = drawings.find(photo.path);
    if (found == drawings.end()) return Status::OK();
    const auto bytes = photos->Read(photo).MoveResult();
    if (!bytes.ok()) {
      return bytes.status().WithMessage(photo.path, ": ", bytes.status().message());
    }
    const std::string_view text(**bytes);
    ARROW_ASSIGN_OR_RAISE(
        const auto format,
        image::Sniff({reinterpret_cast<const uint8_t*>(text.data()), text.size()}));
    const Drawing& drawing = found->second;
    std::string name = photo.path;
    if (typed.contains(name)) name = std::filesystem::path(name).filename().string();
    while (!names.insert(name).second) name += "_";  // photos of the same name
    return store->Put(
        name + ".svg",
        learn::AnnotatedSvg(text, "image/" + std::string(image::FormatName(format)),
                            drawing.width, drawing.height, name, drawing.marks));
  };
  ARROW_RETURN_NOT_OK(photos->List("", draw).status());
  return static_cast<int64_t>(names.size());
}

}  // namespace pomona::cli
