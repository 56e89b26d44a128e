// SPDX-License-Identifier: Apache-2.0
// Keras's two HDF5 layouts. Classic (Keras 1 and 2, `save_weights("x.h5")`): the root, or
// its group model_weights for a whole saved model, lists its layers in the attribute
// layer_names, each layer's group its tensors in weight_names; a nested model's tensors
// stand under the nested model's group. Keras 3 (`x.weights.h5`): no layer names;
// convolutions are groups conv2d, conv2d_1, ... below some `layers` group, in the order
// of their numeric suffix, with tensors vars/0 and vars/1.
#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

#include "pomona/model/hdf5_file.h"
#include "pomona/model/weights.h"

namespace pomona::model {
namespace {

using FilePtr = std::shared_ptr<Hdf5File>;

Result<FileTensor> Tensor(const FilePtr& file, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(std::vector<int64_t> shape, file->Shape(path));
  return FileTensor{path, std::move(shape),
                    [file, path] { return file->ReadFloats(path); }};
}

// --- Classic

// "block1_conv1/kernel:0" or, as Keras 1 wrote it, "block1_conv1_W_1:0".
FileTensor* SlotOf(const std::string& weight_name, FileConv* conv) {
  std::string_view last = weight_name;
  last.remove_prefix(last.find_last_of('/') + 1);
  const auto has = [last](std::string_view word) {
    return last.find(word) != std::string_view::npos;
  };
  if (has("kernel") || has("_W_") || has("_W:")) return &conv->wei;
  return has("bias") || has("_b_") || has("_b:") ? &conv->bia : nullptr;
}

// The layer of a nested model's tensor is the part before its last '/':
// "vgg16/block1_conv1/kernel:0".
std::string LayerOf(const std::string& group, const std::string& weight_name) {
  const size_t end = weight_name.find_last_of('/');
  if (end == std::string::npos) return group;
  const size_t begin = weight_name.find_last_of('/', end - 1);
  const size_t from = end == 0 || begin == std::string::npos ? 0 : begin + 1;
  return weight_name.substr(from, end - from);
}

Status AddClassic(const FilePtr& file, const std::string& root, const std::string& group,
                  std::vector<FileConv>* convs) {
  const std::string path = root + group;
  ARROW_ASSIGN_OR_RAISE(const auto weight_names, file->Texts(path, "weight_names"));
  for (const std::string& weight_name : weight_names) {
    const std::string layer = LayerOf(group, weight_name);
    if (convs->empty() || convs->back().name != layer) convs->push_back({layer, {}, {}});
    if (FileTensor* slot = SlotOf(weight_name, &convs->back())) {
      ARROW_ASSIGN_OR_RAISE(*slot, Tensor(file, path + "/" + weight_name));
    }
  }
  return Status::OK();
}

Result<std::vector<FileConv>> ReadClassic(const FilePtr& file, const std::string& root,
                                          const std::vector<std::string>& layers) {
  std::vector<FileConv> convs;
  for (const std::string& layer : layers) {
    ARROW_RETURN_NOT_OK(AddClassic(file, root, layer, &convs));
  }
  return convs;
}

// --- Keras 3

// 0 for "conv2d", 3 for "conv2d_3", nullopt for anything else.
std::optional<int> ConvNumber(const std::string& name) {
  constexpr std::string_view kStem = "conv2d";
  if (!name.starts_with(kStem)) return std::nullopt;
  std::string_view rest = std::string_view(name).substr(kStem.size());
  if (rest.empty()) return 0;
  if (rest.front() != '_') return std::nullopt;
  rest.remove_prefix(1);
  int number = 0;
  const auto [end, error] =
      std::from_chars(rest.data(), rest.data() + rest.size(), number);
  const bool whole = error == std::errc() && end == rest.data() + rest.size();
  return whole ? std::optional(number) : std::nullopt;
}

struct ConvGroup {
  std::string path;                                // of the `layers` group
  std::vector<std::pair<int, std::string>> convs;  // sorted by number
};

constexpr int kMaxDepth = 16;  // nested models; also ends a loop of links

// Collects every `layers` group that holds convolutions, nested models' included.
void FindConvGroups(const Hdf5File& file, const std::string& path, int depth,
                    std::vector<ConvGroup>* groups) {
  if (depth > kMaxDepth) return;
  ConvGroup group{path, {}};
  for (const std::string& name : file.List(path)) {
    if (std::optional<int> number = ConvNumber(name)) {
      group.convs.emplace_back(*number, name);
    } else if (!file.List(path + "/" + name + "/layers").empty()) {
      FindConvGroups(file, path + "/" + name + "/layers", depth + 1, groups);
    }
  }
  std::sort(group.convs.begin(), group.convs.end());
  if (!group.convs.empty()) groups->push_back(std::move(group));
}

size_t Convolutions(std::string_view vgg) {
  const std::vector<Layer>& layers = *VggLayers(vgg);
  const auto is_conv = [](const Layer& layer) {
    return layer.kind == LayerKind::kConv3x3Relu;
  };
  return static_cast<size_t>(std::count_if(layers.begin(), layers.end(), is_conv));
}

// Whether `model` ("": any VGG) has so many convolutions.
bool MayBe(std::string_view model, size_t convs) {
  if (!model.empty()) return Convolutions(model) == convs;
  return convs == Convolutions("vgg11") || convs == Convolutions("vgg13") ||
         convs == Convolutions("vgg16") || convs == Convolutions("vgg19");
}

Result<ConvGroup> ChooseGroup(std::vector<ConvGroup> groups, std::string_view model) {
  std::string found;
  for (ConvGroup& group : groups) {
    if (MayBe(model, group.convs.size())) return std::move(group);
    found += (found.empty() ? "" : ", ") + std::to_string(group.convs.size()) + " in " +
             group.path;
  }
  const std::string needed = model.empty() ? "convolutions of a VGG"
                                           : std::to_string(Convolutions(model)) +
                                                 " convolutions of " + ModelTitle(model);
  return Status::Invalid("no model with the ", needed,
                         " in it; convolutions found: ", found.empty() ? "none" : found);
}

Result<std::vector<FileConv>> ReadKeras3(const FilePtr& file, const std::string& root,
                                         std::string_view model) {
  std::vector<ConvGroup> groups;
  FindConvGroups(*file, root, 0, &groups);
  ARROW_ASSIGN_OR_RAISE(const ConvGroup group, ChooseGroup(std::move(groups), model));
  std::vector<FileConv> convs;
  for (const auto& [number, name] : group.convs) {
    const std::string vars = group.path + "/" + name + "/vars/";
    FileConv conv;
    ARROW_ASSIGN_OR_RAISE(conv.wei, Tensor(file, vars + "0"));
    if (file->Exists(vars + "1")) {
      ARROW_ASSIGN_OR_RAISE(conv.bia, Tensor(file, vars + "1"));
    }
    convs.push_back(std::move(conv));
  }
  return convs;
}

}  // namespace

Result<std::vector<FileConv>> ReadHdf5Convs(const std::string& path,
                                            std::string_view model) {
  ARROW_ASSIGN_OR_RAISE(Hdf5File opened, Hdf5File::Open(path));
  const auto file = std::make_shared<Hdf5File>(std::move(opened));
  for (const std::string root : {"/", "/model_weights/"}) {
    const std::string object = root == "/" ? root : root.substr(0, root.size() - 1);
    Result<std::vector<std::string>> layers = file->Texts(object, "layer_names");
    if (layers.ok()) return ReadClassic(file, root, *layers);
  }
  if (file->Exists("/layers")) return ReadKeras3(file, "/layers", model);
  return Status::Invalid(
      "HDF5, but no Keras weights: neither layer_names (classic) nor layers (Keras 3)");
}

}  // namespace pomona::model
