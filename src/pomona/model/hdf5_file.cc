// SPDX-License-Identifier: Apache-2.0
#include "pomona/model/hdf5_file.h"

#include <algorithm>
#include <utility>

#include <hdf5.h>

namespace pomona::model {
namespace {

std::mutex& LibraryMutex() {
  static std::mutex mutex;
  return mutex;
}

class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  hid_t get() const { return id_; }
  bool ok() const { return id_ >= 0; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

herr_t KeepText(unsigned, const H5E_error2_t* error, void* text) {
  if (error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
  return 0;
}

// What the library said about the last failed call: its innermost sentence.
Status Failure(const std::string& what) {
  std::string why = "no reason given";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, KeepText, &why);
  return Status::Invalid(what, ": ", why);
}

std::string TrimmedText(const char* text, size_t size) {
  return {text, strnlen(text, size)};
}

std::vector<std::string> VariableTexts(hid_t attribute, hid_t space, size_t count) {
  const Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), H5T_VARIABLE);
  const Handle stored(H5Aget_type(attribute), H5Tclose);
  H5Tset_cset(type.get(), H5Tget_cset(stored.get()));
  std::vector<char*> raw(count, nullptr);
  std::vector<std::string> texts;
  if (H5Aread(attribute, type.get(), raw.data()) < 0) return texts;
  for (const char* text : raw) texts.emplace_back(text == nullptr ? "" : text);
  H5Dvlen_reclaim(type.get(), space, H5P_DEFAULT, raw.data());
  return texts;
}

std::vector<std::string> FixedTexts(hid_t attribute, hid_t type, size_t count) {
  const size_t size = H5Tget_size(type);
  std::vector<char> raw(size * count);
  std::vector<std::string> texts;
  if (H5Aread(attribute, type, raw.data()) < 0) return texts;
  for (size_t i = 0; i < count; ++i) {
    texts.push_back(TrimmedText(raw.data() + i * size, size));
  }
  return texts;
}

herr_t CollectName(hid_t, const char* name, const H5L_info_t*, void* names) {
  static_cast<std::vector<std::string>*>(names)->emplace_back(name);
  return 0;
}

}  // namespace

Hdf5Lock::Hdf5Lock() : lock_(LibraryMutex()) {
  H5E_auto2_t printer = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &printer, &argument_);
  printer_ = reinterpret_cast<void*>(printer);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Hdf5Lock::~Hdf5Lock() {
  H5Eset_auto2(H5E_DEFAULT, reinterpret_cast<H5E_auto2_t>(printer_), argument_);
}

Result<Hdf5File> Hdf5File::Open(const std::string& path) {
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  if (id < 0) return Failure("not readable as HDF5 (cut short or damaged)");
  return Hdf5File(id);
}

Hdf5File::~Hdf5File() {
  if (id_ >= 0) H5Fclose(id_);
}

Hdf5File::Hdf5File(Hdf5File&& other) noexcept : id_(std::exchange(other.id_, -1)) {}

bool Hdf5File::Exists(const std::string& path) const {
  // Every step of the path must be asked for by itself.
  for (size_t end = path.find('/', 1); end != std::string::npos;
       end = path.find('/', end + 1)) {
    if (H5Lexists(id_, path.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
  }
  return path == "/" || H5Lexists(id_, path.c_str(), H5P_DEFAULT) > 0;
}

std::vector<std::string> Hdf5File::List(const std::string& group) const {
  std::vector<std::string> names;
  if (!Exists(group)) return names;
  const Handle object(H5Oopen(id_, group.c_str(), H5P_DEFAULT), H5Oclose);
  if (!object.ok() || H5Iget_type(object.get()) != H5I_GROUP) return names;
  H5Literate(object.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, CollectName, &names);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::string>> Hdf5File::Texts(const std::string& object,
                                                 const std::string& attribute) const {
  const std::string what = "attribute " + attribute + " of " + object;
  if (!Exists(object) ||
      H5Aexists_by_name(id_, object.c_str(), attribute.c_str(), H5P_DEFAULT) <= 0) {
    return Status::KeyError("no ", what);
  }
  const Handle id(
      H5Aopen_by_name(id_, object.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  if (!id.ok()) return Failure(what);
  const Handle type(H5Aget_type(id.get()), H5Tclose);
  const Handle space(H5Aget_space(id.get()), H5Sclose);
  const hssize_t count = H5Sget_simple_extent_npoints(space.get());
  if (count <= 0) return std::vector<std::string>();
  if (H5Tget_class(type.get()) != H5T_STRING) return Status::Invalid(what, " is no text");
  std::vector<std::string> texts =
      H5Tis_variable_str(type.get()) > 0
          ? VariableTexts(id.get(), space.get(), static_cast<size_t>(count))
          : FixedTexts(id.get(), type.get(), static_cast<size_t>(count));
  if (texts.size() != static_cast<size_t>(count)) return Failure(what);
  return texts;
}

Result<std::vector<int64_t>> Hdf5File::Shape(const std::string& dataset) const {
  if (!Exists(dataset)) return Status::KeyError("no data set ", dataset);
  const Handle data(H5Dopen2(id_, dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!data.ok()) return Failure("data set " + dataset);
  const Handle type(H5Dget_type(data.get()), H5Tclose);
  if (H5Tget_class(type.get()) != H5T_FLOAT) {
    return Status::Invalid("data set ", dataset, " holds no floating-point numbers");
  }
  const Handle space(H5Dget_space(data.get()), H5Sclose);
  const int rank = H5Sget_simple_extent_ndims(space.get());
  if (rank < 0) return Failure("data set " + dataset);
  std::vector<hsize_t> dims(static_cast<size_t>(rank));
  H5Sget_simple_extent_dims(space.get(), dims.data(), nullptr);
  return std::vector<int64_t>(dims.begin(), dims.end());
}

Result<std::vector<float>> Hdf5File::ReadFloats(const std::string& dataset) const {
  ARROW_ASSIGN_OR_RAISE(const std::vector<int64_t> shape, Shape(dataset));
  size_t count = 1;
  for (int64_t dim : shape) count *= static_cast<size_t>(dim);
  const Handle data(H5Dopen2(id_, dataset.c_str(), H5P_DEFAULT), H5Dclose);
  std::vector<float> values(count);
  if (H5Dread(data.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
              values.data()) < 0) {
    return Failure("data set " + dataset);
  }
  return values;
}

}  // namespace pomona::model
