// SPDX-License-Identifier: Apache-2.0
#include "images.h"

#include <cstring>
#include <memory>
#include <span>

#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include "pomona/image/image.h"

#include "bind.h"
#include "errors.h"
#include "words.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace pomona::python {
namespace {

using Pixels = nb::ndarray<nb::numpy, uint8_t, nb::shape<-1, -1, 3>>;
using PixelsIn =
    nb::ndarray<const uint8_t, nb::shape<-1, -1, 3>, nb::c_contig, nb::device::cpu>;
using Planes = nb::ndarray<nb::numpy, float, nb::shape<3, -1, -1>>;

constexpr Word<image::Fit> kFits[] = {{"stretch", image::Fit::kStretch},
                                      {"crop", image::Fit::kCrop},
                                      {"pad", image::Fit::kPad}};
constexpr Word<image::Filter> kFilters[] = {{"nearest", image::Filter::kNearest},
                                            {"bilinear", image::Filter::kBilinear},
                                            {"bicubic", image::Filter::kBicubic},
                                            {"lanczos", image::Filter::kLanczos}};

Pixels Decode(nb::bytes bytes, int64_t max_pixels, bool apply_orientation) {
  auto image = std::make_unique<image::Image>();
  const std::span<const uint8_t> view(static_cast<const uint8_t*>(bytes.data()),
                                      bytes.size());
  Status status;
  {
    nb::gil_scoped_release release;
    status = image::Decode(view, {max_pixels, apply_orientation}, image.get());
  }
  Check(status);
  auto* held = image.release();
  nb::capsule owner(held, [](void* p) noexcept { delete static_cast<image::Image*>(p); });
  return Pixels(held->pixels.data(),
                {static_cast<size_t>(held->height), static_cast<size_t>(held->width), 3},
                owner);
}

Planes PreprocessImage(PixelsIn pixels, const image::PreprocessContract& contract) {
  image::Image image;
  image.height = static_cast<int64_t>(pixels.shape(0));
  image.width = static_cast<int64_t>(pixels.shape(1));
  image.pixels.assign(pixels.data(), pixels.data() + pixels.size());
  Check(contract.Validate());
  const auto size = static_cast<size_t>(3 * contract.height * contract.width);
  auto planes = std::make_unique<float[]>(size);
  Status status;
  {
    nb::gil_scoped_release release;
    status = image::Preprocess(image, contract, planes.get());
  }
  Check(status);
  float* held = planes.release();
  nb::capsule owner(held, [](void* p) noexcept { delete[] static_cast<float*>(p); });
  return Planes(
      held,
      {3, static_cast<size_t>(contract.height), static_cast<size_t>(contract.width)},
      owner);
}

void InitContract(image::PreprocessContract* self, std::tuple<int64_t, int64_t> size,
                  const std::string& fit, const std::string& filter,
                  const image::Normalization& normalization,
                  std::array<uint8_t, 3> pad_color, bool apply_orientation) {
  image::PreprocessContract contract;
  contract.decoder = image::DecoderVersions();
  std::tie(contract.height, contract.width) = size;
  contract.fit = FitFromText(fit);
  contract.filter = FilterFromText(filter);
  contract.normalization = normalization;
  contract.pad_color = pad_color;
  contract.apply_orientation = apply_orientation;
  Check(contract.Validate());
  new (self) image::PreprocessContract(std::move(contract));
}

void BindNormalization(nb::module_& m) {
  using image::Normalization;
  nb::class_<Normalization>(m, "Normalization",
                            "value = (pixel * scale - mean) / std, per channel.")
      .def(
          "__init__",
          [](Normalization* self, std::array<float, 3> mean, std::array<float, 3> std,
             float scale,
             bool bgr) { new (self) Normalization{"custom", bgr, scale, mean, std}; },
          nb::kw_only(), "mean"_a = std::array<float, 3>{0, 0, 0},
          "std"_a = std::array<float, 3>{1, 1, 1}, "scale"_a = 1.0F, "bgr"_a = false)
      .def_static(
          "named",
          [](const std::string& name) { return Unwrap(Normalization::Named(name)); },
          "name"_a, "caffe, tf, torch or none.")
      .def_ro("name", &Normalization::name)
      .def_ro("bgr", &Normalization::bgr)
      .def_ro("scale", &Normalization::scale)
      .def_ro("mean", &Normalization::mean)
      .def_ro("std", &Normalization::std)
      .def(
          "__eq__", [](const Normalization& a, const Normalization& b) { return a == b; },
          nb::is_operator(), nb::sig("def __eq__(self, other: object, /) -> bool"));
}

}  // namespace

image::Fit FitFromText(const std::string& text) { return FromWord("fit", text, kFits); }
image::Filter FilterFromText(const std::string& text) {
  return FromWord("filter", text, kFilters);
}

void BindImages(nb::module_& m) {
  using image::PreprocessContract;
  BindNormalization(m);
  nb::class_<PreprocessContract>(
      m, "PreprocessContract",
      "Everything between encoded bytes and the network's input, as one value.")
      .def("__init__", &InitContract, nb::kw_only(), "size"_a = std::make_tuple(100, 100),
           "fit"_a = "stretch", "filter"_a = "bilinear",
           "normalization"_a = image::Normalization(),
           "pad_color"_a = std::array<uint8_t, 3>{255, 255, 255},
           "apply_orientation"_a = true, "size: (height, width).")
      .def_prop_ro(
          "size",
          [](const PreprocessContract& c) { return std::tuple(c.height, c.width); })
      .def_prop_ro("fit",
                   [](const PreprocessContract& c) { return ToWord(c.fit, kFits); })
      .def_prop_ro("filter",
                   [](const PreprocessContract& c) { return ToWord(c.filter, kFilters); })
      .def_ro("normalization", &PreprocessContract::normalization)
      .def_ro("pad_color", &PreprocessContract::pad_color)
      .def_ro("apply_orientation", &PreprocessContract::apply_orientation)
      .def_ro("decoder", &PreprocessContract::decoder)
      .def("to_json", &PreprocessContract::ToJson)
      .def_static(
          "from_json",
          [](const std::string& text) {
            return Unwrap(PreprocessContract::FromJson(text));
          },
          "text"_a)
      .def("difference", &PreprocessContract::Difference, "other"_a,
           "'' when equal, else the fields that differ.")
      .def(
          "__eq__",
          [](const PreprocessContract& a, const PreprocessContract& b) { return a == b; },
          nb::is_operator(), nb::sig("def __eq__(self, other: object, /) -> bool"))
      .def("__repr__", [](const PreprocessContract& c) {
        return "PreprocessContract(" + c.ToJson() + ")";
      });
  m.def("decode", &Decode, "data"_a, "max_pixels"_a = int64_t{100'000'000},
        "apply_orientation"_a = true, "Encoded bytes to height x width x 3, RGB.");
  m.def("preprocess", &PreprocessImage, "image"_a, "contract"_a,
        "RGB pixels to 3 x height x width float32, as the network wants them.");
}

}  // namespace pomona::python
