// SPDX-License-Identifier: Apache-2.0
#include "pomona/model/weights.h"

#include <filesystem>
#include <optional>

#include "pomona/base/asset.h"
#include "pomona/base/hash.h"
#include "pomona/model/file_bytes.h"
#include "pomona/model/hdf5_file.h"

namespace pomona::model {
namespace {

constexpr char kImagenetAsset[] = "weights/vgg16-imagenet.safetensors";
constexpr size_t kImagenetSize = 58861336;
constexpr char kImagenetSha256[] =
    "8a51c08b4ecd58c949b1c7e89abc8d52a325847493a6d5c8d2d7e387003a62e7";

enum class FileKind { kHdf5, kSafetensors, kOnnx, kZip, kUnknown };

// By content, never by name.
FileKind KindOf(std::string_view bytes) {
  constexpr std::string_view kHdf5Signature = "\x89HDF\r\n\x1a\n";
  if (bytes.starts_with(kHdf5Signature)) return FileKind::kHdf5;
  if (bytes.starts_with("PK\x03\x04")) return FileKind::kZip;
  if (bytes.size() > 8 && bytes[8] == '{') return FileKind::kSafetensors;
  // ModelProto starts with its ir_version (field 1, a small number) or graph (field 7).
  if (bytes.size() > 8 && (bytes[0] == '\x08' || bytes[0] == '\x3A'))
    return FileKind::kOnnx;
  return FileKind::kUnknown;
}

Result<std::vector<ConvWeights>> ReadHdf5(const std::string& path, std::string_view model,
                                          const std::vector<Layer>& layers) {
  const Hdf5Lock lock;
  ARROW_ASSIGN_OR_RAISE(const auto found, ReadHdf5Convs(path, model));
  return MatchConvs(found, model, layers);
}

Result<std::vector<ConvWeights>> ReadConvs(const std::string& path,
                                           std::string_view bytes, std::string_view model,
                                           const std::vector<Layer>& layers) {
  switch (KindOf(bytes)) {
    case FileKind::kHdf5:
      return ReadHdf5(path, model, layers);
    case FileKind::kSafetensors: {
      ARROW_ASSIGN_OR_RAISE(const auto found, ReadSafetensorsConvs(bytes, model));
      return MatchConvs(found, model, layers);
    }
    case FileKind::kOnnx: {
      ARROW_ASSIGN_OR_RAISE(const auto found, ReadOnnxConvs(bytes));
      return MatchConvs(found, model, layers);
    }
    case FileKind::kZip:
      return Status::Invalid(
          "a zip archive (.keras, .pt, .npz): save the weights alone, as .weights.h5 "
          "(Keras) or .safetensors (PyTorch)");
    default:
      return Status::Invalid(bytes.empty() ? "the file is empty"
                                           : "not Keras HDF5, safetensors or ONNX");
  }
}

Status InFile(const std::string& path, const Status& status) {
  return Status::FromArgs(status.code(), "weights file ", path, ": ", status.message());
}

Result<Weights> LoadFile(const std::string& path, std::string_view model,
                         const std::vector<Layer>& layers) {
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, ReadFileBytes(path, "weights"));
  Weights weights;
  weights.kind = WeightsKind::kFile;
  weights.source = std::filesystem::path(path).filename().string();
  weights.sha256 = HexSha256(bytes);
  Result<std::vector<ConvWeights>> convs = ReadConvs(path, bytes, model, layers);
  if (!convs.ok()) return InFile(path, convs.status());
  weights.convs = *std::move(convs);
  return weights;
}

Result<Weights> LoadImagenet(const std::vector<Layer>& layers) {
  ARROW_ASSIGN_OR_RAISE(const std::string path, AssetPath(kImagenetAsset));
  ARROW_ASSIGN_OR_RAISE(const std::string bytes, ReadFileBytes(path, "weights"));
  Weights weights;
  weights.kind = WeightsKind::kImagenet;
  weights.source = "imagenet (built in)";
  weights.sha256 = HexSha256(bytes);
  if (bytes.size() != kImagenetSize) {
    return Status::Invalid("weights file ", path, " is ",
                           bytes.size() < kImagenetSize ? "cut short" : "damaged", ": ",
                           bytes.size(), " bytes found, ", kImagenetSize,
                           " needed; restore it from the repository");
  }
  if (weights.sha256 != kImagenetSha256) {
    return Status::Invalid("weights file ", path, " is damaged: sha256 ", weights.sha256,
                           " found, ", kImagenetSha256,
                           " needed; restore it from the repository");
  }
  ARROW_ASSIGN_OR_RAISE(const auto found, ReadSafetensorsConvs(bytes, "vgg16"));
  ARROW_ASSIGN_OR_RAISE(weights.convs, MatchConvs(found, "vgg16", layers));
  return weights;
}

template <typename T>
std::string_view BytesOf(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

Weights MakeRandom(const std::vector<Layer>& layers, uint64_t seed) {
  Weights weights;
  weights.kind = WeightsKind::kRandom;
  weights.source = "random weights (seed " + std::to_string(seed) + ")";
  weights.convs = RandomConvs(layers, seed);
  Sha256 sha;
  for (const ConvWeights& conv : weights.convs) {
    sha.Update(BytesOf(conv.wei));
    sha.Update(BytesOf(conv.bia));
  }
  weights.sha256 = sha.HexDigest();
  return weights;
}

}  // namespace

Result<Weights> LoadWeights(const BackboneOptions& options,
                            const std::vector<Layer>& layers) {
  if (options.weights == "imagenet" && options.model != "vgg16") {
    return Status::Invalid(
        "the ImageNet weights that are built in are VGG16's: ", ModelTitle(options.model),
        " needs --weights FILE (Keras, safetensors, ONNX) or none");
  }
  if (options.weights == "imagenet") return LoadImagenet(layers);
  if (options.weights == "none") return MakeRandom(layers, options.seed);
  return LoadFile(options.weights, options.model, layers);
}

}  // namespace pomona::model
