// SPDX-License-Identifier: Apache-2.0
#include "pomona/learn/box_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include <arrow/api.h>
#include <arrow/csv/api.h>
#include <arrow/io/memory.h>
#include <nlohmann/json.hpp>

#include "pomona/base/json.h"

namespace pomona::learn {
namespace {

using BoxJson = nlohmann::json;

constexpr std::array<const char*, 6> kBoxColumns = {"path", "label", "left",
                                                    "top",  "right", "bottom"};

using BoxColumns = std::vector<std::shared_ptr<arrow::StringArray>>;

// Arrow's reader, told what a line that it cannot use is.
struct CsvReader {
  Status wrong;

  Result<std::shared_ptr<arrow::Table>> Read(std::string_view csv,
                                             const std::string& name) {
    auto convert = arrow::csv::ConvertOptions::Defaults();
    convert.strings_can_be_null = false;
    for (const char* column : kBoxColumns) convert.column_types[column] = arrow::utf8();
    auto parse = arrow::csv::ParseOptions::Defaults();
    parse.ignore_empty_lines = false;  // a row is a line
    parse.invalid_row_handler = [&](const arrow::csv::InvalidRow& row) {
      wrong = Status::Invalid(name, ", line ", row.number, ": ", row.actual_columns,
                              " fields, the header has ", row.expected_columns);
      return arrow::csv::InvalidRowResult::Error;
    };
    auto read = arrow::csv::ReadOptions::Defaults();
    read.use_threads = false;  // only so are lines numbered
    auto input = std::make_shared<arrow::io::BufferReader>(
        std::make_shared<arrow::Buffer>(csv));  // copies nothing: csv outlives the read
    ARROW_ASSIGN_OR_RAISE(
        auto reader, arrow::csv::TableReader::Make(arrow::io::default_io_context(), input,
                                                   read, parse, convert));
    ARROW_ASSIGN_OR_RAISE(auto table, reader->Read());
    return table->CombineChunks();
  }
};

Result<BoxColumns> ReadBoxCsv(std::string_view csv, const std::string& name) {
  constexpr char kHint[] =
      "\nhint: CSV with the columns path,label,left,top,right,bottom (pixels)";
  CsvReader reader;
  const auto table = reader.Read(csv, name);
  ARROW_RETURN_NOT_OK(reader.wrong);
  if (!table.ok()) {
    return Status::Invalid(name, " has no boxes: ", table.status().message(), kHint);
  }
  BoxColumns out;
  for (const char* column : kBoxColumns) {
    const auto found = (*table)->GetColumnByName(column);
    if (found == nullptr) {
      return Status::Invalid(name, ", line 1: no column '", column, "'", kHint);
    }
    if (found->num_chunks() == 0) return Status::Invalid(name, " has no boxes", kHint);
    out.push_back(std::static_pointer_cast<arrow::StringArray>(found->chunk(0)));
  }
  return out;
}

// The shortest digits that read back: 101, not 101.000000.
std::string Digits(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

// Sides that are finite and in order.
Status CheckSides(const Box& box) {
  for (const double side : {box.left, box.top, box.right, box.bottom}) {
    if (!std::isfinite(side)) {
      return Status::Invalid(box.where, ": a side is not finite");
    }
  }
  if (box.right <= box.left) {
    return Status::Invalid(box.where, ": a box without width: right ", Digits(box.right),
                           " is not beyond left ", Digits(box.left));
  }
  if (box.bottom <= box.top) {
    return Status::Invalid(box.where, ": a box without height: bottom ",
                           Digits(box.bottom), " is not beyond top ", Digits(box.top));
  }
  return Status::OK();
}

Status AddBox(const std::string& photo, Box box, Boxes* boxes) {
  if (photo.empty()) return Status::Invalid(box.where, ": the path is empty");
  if (box.label.empty()) return Status::Invalid(box.where, ": the label is empty");
  ARROW_RETURN_NOT_OK(CheckSides(box));
  (*boxes)[photo].push_back(std::move(box));
  return Status::OK();
}

Result<Boxes> FromCsv(std::string_view text, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const BoxColumns csv, ReadBoxCsv(text, name));
  Boxes boxes;
  for (int64_t i = 0; i < csv.front()->length(); ++i) {
    const auto field = [&](size_t column) { return csv[column]->GetView(i); };
    const bool empty = std::all_of(csv.begin(), csv.end(), [&](const auto& column) {
      return column->GetView(i).empty();
    });
    if (empty) continue;
    Box box;
    box.where = name + ", line " + std::to_string(i + 2);
    box.label = field(1);
    const std::array<double*, 4> sides = {&box.left, &box.top, &box.right, &box.bottom};
    for (size_t side = 0; side < sides.size(); ++side) {
      const std::string_view digits = field(side + 2);
      const char* end = digits.data() + digits.size();
      const auto [at, error] = std::from_chars(digits.data(), end, *sides[side]);
      if (error == std::errc() && at == end) continue;
      return Status::Invalid(box.where, ": ", kBoxColumns[side + 2], " '", digits,
                             "' is no number");
    }
    ARROW_RETURN_NOT_OK(AddBox(std::string(field(0)), std::move(box), &boxes));
  }
  return boxes;
}

// Throws what nlohmann throws where a field is missing or of another type.
Status FromTags(const BoxJson& json, const std::string& name, Boxes* boxes) {
  const BoxJson& files = json.at("files");
  for (size_t f = 0; f < files.size(); ++f) {
    const BoxJson& tags = files.at(f).at("tags");
    for (size_t t = 0; t < tags.size(); ++t) {
      const BoxJson& tag = tags.at(t);
      Box box;
      box.where =
          name + ", files[" + std::to_string(f) + "].tags[" + std::to_string(t) + "]";
      box.label = tag.at("tag").get<std::string>();
      box.left = tag.at("left").get<double>();
      box.top = tag.at("top").get<double>();
      box.right = box.left + tag.at("width").get<double>();
      box.bottom = box.top + tag.at("height").get<double>();
      box.relative = true;
      ARROW_RETURN_NOT_OK(
          AddBox(files.at(f).at("filename").get<std::string>(), std::move(box), boxes));
    }
  }
  return Status::OK();
}

// The names of a COCO list by its ids.
std::map<int64_t, std::string> NamesById(const BoxJson& list, const char* key) {
  std::map<int64_t, std::string> names;
  for (const BoxJson& one : list) {
    names[one.at("id").get<int64_t>()] = one.at(key).get<std::string>();
  }
  return names;
}

Status FromCoco(const BoxJson& json, const std::string& name, Boxes* boxes) {
  const auto photos = NamesById(json.at("images"), "file_name");
  const auto labels = NamesById(json.at("categories"), "name");
  const BoxJson& annotations = json.at("annotations");
  for (size_t i = 0; i < annotations.size(); ++i) {
    const BoxJson& one = annotations.at(i);
    Box box;
    box.where = name + ", annotations[" + std::to_string(i) + "]";
    const auto photo = photos.find(one.at("image_id").get<int64_t>());
    const auto label = labels.find(one.at("category_id").get<int64_t>());
    if (photo == photos.end() || label == labels.end()) {
      return Status::Invalid(box.where, ": its ",
                             photo == photos.end() ? "image_id" : "category_id",
                             " is of none in the file");
    }
    const auto sides = one.at("bbox").get<std::array<double, 4>>();
    box.label = label->second;
    box.left = sides[0];
    box.top = sides[1];
    box.right = sides[0] + sides[2];
    box.bottom = sides[1] + sides[3];
    ARROW_RETURN_NOT_OK(AddBox(photo->second, std::move(box), boxes));
  }
  return Status::OK();
}

Result<Boxes> FromJson(std::string_view text, const std::string& name) {
  constexpr char kHint[] =
      "\nhint: COCO (images, annotations, categories), or files with their tags";
  const BoxJson json = ParseJson(text);
  Boxes boxes;
  try {
    if (json.is_discarded()) return Status::Invalid(name, " is no JSON");
    ARROW_RETURN_NOT_OK(json.contains("annotations") ? FromCoco(json, name, &boxes)
                                                     : FromTags(json, name, &boxes));
  } catch (const BoxJson::exception& error) {
    return Status::Invalid(name, " does not say where boxes are: ", error.what(), kHint);
  }
  return boxes;
}

double Area(const Box& box) { return (box.right - box.left) * (box.bottom - box.top); }

double SharedArea(const Box& a, const Box& b) {
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return width <= 0 || height <= 0 ? 0 : width * height;
}

}  // namespace

Result<Box> Box::In(double width, double height) const {
  Box box = *this;
  box.relative = false;
  const double sx = relative ? width : 1;
  const double sy = relative ? height : 1;
  struct Side {
    double* value;
    double scale, most;
    const char* name;
  };
  for (const Side& side :
       {Side{&box.left, sx, width, "left"}, Side{&box.top, sy, height, "top"},
        Side{&box.right, sx, width, "right"}, Side{&box.bottom, sy, height, "bottom"}}) {
    *side.value *= side.scale;
    if (*side.value < -1 || *side.value > side.most + 1) {
      return Status::Invalid(where, ": ", side.name, " ", Digits(*side.value),
                             " is outside of the photo (", Digits(width), " x ",
                             Digits(height), " pixels, turned as people see it)");
    }
    *side.value = std::clamp(*side.value, 0.0, side.most);
  }
  ARROW_RETURN_NOT_OK(CheckSides(box));
  return box;
}

Result<Boxes> ParseBoxes(std::string_view text, const std::string& name) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // byte order mark
  const size_t first = text.find_first_not_of(" \t\r\n");
  const bool json = first != std::string_view::npos && text[first] == '{';
  ARROW_ASSIGN_OR_RAISE(auto boxes, json ? FromJson(text, name) : FromCsv(text, name));
  if (boxes.empty()) return Status::Invalid(name, " has no boxes");
  return boxes;
}

Result<Boxes> ReadBoxes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file) return Status::IOError("boxes ", path, " cannot be read");
  return ParseBoxes(text, path);
}

double SharedOfBoth(const Box& a, const Box& b) {
  const double both = SharedArea(a, b);
  return both / (Area(a) + Area(b) - both);
}

double SharedOfSmaller(const Box& a, const Box& b) {
  return SharedArea(a, b) / std::min(Area(a), Area(b));
}

}  // namespace pomona::learn
