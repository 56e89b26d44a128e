// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>

#include "pomona/job/export/export.h"
#include "pomona/job/feature_files.h"
#include "pomona/job/stages.h"
#include "pomona/learn/head_export.h"
#include "pomona/learn/head_store.h"

#include "commands.h"
#include "fail.h"
#include "info.h"
#include "python.h"
#include "text.h"

namespace pomona::cli {
namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  pomona export out/ --to npz --out reducer.npz         NumPy; prints how to apply "
    "it\n"
    "  pomona export out/ --to sklearn --out reducer.joblib  Pipeline(StandardScaler, "
    "PCA)\n"
    "  pomona export out/ --to spark --out reducer-spark     PipelineModel.load reads "
    "it\n"
    "  pomona export out/ --to onnx --out reducer.onnx       features in, k numbers out\n"
    "  pomona export out/ --to onnx --fuse --out fruit.onnx  pixels in, k numbers out\n"
    "  pomona export head/ --to onnx --fuse --out head.onnx  a head: pixels in, "
    "probabilities\n"
    "                                                        of its classes out\n"
    "\n"
    "An export carries the kind of weights, the network and the preprocessing of the "
    "run.\n"
    "sklearn needs a Python with pomona and scikit-learn (POMONA_PYTHON names one); a\n"
    "joblib file is a pickle: whoever loads one runs what is in it.";

struct ExportFlags {
  std::string reducer;
  std::string format;
  std::string destination;
  model::BackboneOptions files;
  bool fuse = false;
  bool overwrite = false;
  bool quiet = false;
};

Status ExportSklearn(const ExportFlags& flags) {
  if (flags.destination.find("://") != std::string::npos) {
    return Status::NotImplemented(
        flags.destination,
        ": a pickle is written to a local file, for it runs what is "
        "in it\nhint: --to npz and --to onnx are written to s3:// addresses too");
  }
  std::vector<std::string> arguments = {"export", flags.reducer, flags.destination};
  if (flags.overwrite) arguments.emplace_back("--overwrite");
  return AskPython("--to sklearn", "pomona._sklearn", arguments).status();
}

Status Write(const stats::Reducer& reducer, const ExportFlags& flags) {
  if (flags.format == "npz") {
    return job::ExportNpz(reducer, flags.destination, flags.overwrite);
  }
  if (flags.format == "spark") {
    return job::ExportSpark(reducer, flags.destination, flags.overwrite);
  }
  if (flags.format == "sklearn") return ExportSklearn(flags);
  if (flags.fuse) {
    return job::ExportFusedOnnx(reducer, flags.files, flags.destination, flags.overwrite);
  }
  return job::ExportOnnx(reducer, flags.destination, flags.overwrite);
}

// Of what shape pixels are, and how they get it.
std::string PixelsText(const stats::Reducer& reducer) {
  const auto text = reducer.metadata.find("pomona.contract");
  if (text == reducer.metadata.end()) return "";
  const auto contract = image::PreprocessContract::FromJson(text->second);
  if (!contract.ok()) return "";
  return "uint8 RGB, n x " + std::to_string(contract->height) + " x " +
         std::to_string(contract->width) + " x 3; resize as docs/formats.md tells";
}

std::string OnnxRecipe(const stats::Reducer& reducer, const ExportFlags& flags) {
  const std::string input = flags.fuse ? "{\"pixels\": pixels}" : "{\"features\": rows}";
  const std::string shape =
      flags.fuse ? PixelsText(reducer) : "float32, n x " + std::to_string(reducer.dim);
  return "import onnxruntime\nsession = onnxruntime.InferenceSession(\"" +
         flags.destination + "\")\n(reduced,) = session.run([\"pca\"], " + input +
         ")  # " + shape + "\n";
}

// How the file is used, in the language of its readers.
std::string Recipe(const stats::Reducer& reducer, const ExportFlags& flags) {
  const std::string& file = flags.destination;
  if (flags.format == "npz") return job::NpzRecipe(file);
  if (flags.format == "sklearn") {
    return "import joblib\npipeline = joblib.load(\"" + file +
           "\")\npipeline.transform(rows)  # n x " + std::to_string(reducer.dim) + "\n";
  }
  if (flags.format == "spark") {
    return "from pyspark.ml import PipelineModel\n"
           "from pyspark.ml.functions import array_to_vector\n"
           "model = PipelineModel.load(\"" +
           file +
           "\")\n"
           "rows = spark.read.parquet(\"RUN/features\")\n"
           "rows = rows.withColumn(\"features\", array_to_vector(\"features\"))\n"
           "model.transform(rows).select(\"path\", \"pca\")\n";
  }
  return OnnxRecipe(reducer, flags);
}

std::string Report(const stats::Reducer& reducer, const ExportFlags& flags) {
  const auto weights = reducer.metadata.find("pomona.weights");
  std::string kind = weights == reducer.metadata.end() ? "not known" : weights->second;
  if (kind == "random weights") kind += ": they have learned nothing";
  std::string text = Field("written", flags.destination);
  text += Field("reducer", Count(reducer.dim, "column") + " -> " +
                               Count(reducer.k(), "component") + ", convention " +
                               std::string(stats::ConventionName(reducer.convention)));
  text += Field("weights", Printable(kind));
  const auto precision = reducer.metadata.find("pomona.precision");
  if (flags.fuse && precision != reducer.metadata.end() && precision->second == "bf16") {
    text += Field("precision",
                  "float32; the run was in bf16, so its numbers differ a little");
  }
  return text + "\n" + Recipe(reducer, flags);
}

// Whether the place holds a head: its file, or a folder with it.
Result<bool> HoldsHead(const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(const job::Place place, job::OpenPlace(location));
  if (!place.file.empty()) return place.file.ends_with(learn::kHeadName);
  return place.store->Exists(learn::kHeadName);
}

Status WriteHead(const learn::Head& head, const ExportFlags& flags) {
  if (flags.format == "npz") {
    return learn::ExportHeadNpz(head, flags.destination, flags.overwrite);
  }
  if (flags.format != "onnx") {
    return Status::NotImplemented("a head cannot be exported to ", flags.format,
                                  "\nhint: --to onnx or --to npz");
  }
  if (flags.fuse) {
    return learn::ExportFusedHeadOnnx(head, flags.files, flags.destination,
                                      flags.overwrite);
  }
  return learn::ExportHeadOnnx(head, flags.destination, flags.overwrite);
}

int ExportHead(const ExportFlags& flags) {
  const auto head = learn::LoadHead(flags.reducer);
  if (!head.ok()) return Fail(head.status());
  const Status written = WriteHead(*head, flags);
  if (!written.ok()) return Fail(written);
  if (flags.quiet) return kDone;
  std::string text = Field("written", flags.destination);
  text += Field("head", Printable(head->target) + ", " +
                            Count(static_cast<int64_t>(head->classes.size())) +
                            " classes from " + Count(head->dim(), "column"));
  const std::string recipe =
      flags.format == "npz"
          ? learn::HeadRecipe(flags.destination)
          : "import onnxruntime\nsession = onnxruntime.InferenceSession(\"" +
                flags.destination +
                "\")\n(probabilities,) = session.run([\"probabilities\"], " +
                (flags.fuse ? "{\"pixels\": pixels}" : "{\"features\": rows}") + ")\n";
  std::fputs((text + "\n" + recipe).c_str(), stdout);
  return kDone;
}

int Export(const ExportFlags& flags) {
  if (flags.fuse && flags.format != "onnx") {
    return Fail(Status::Invalid("--fuse needs --to onnx"), kUsage);
  }
  const auto head = HoldsHead(flags.reducer);
  if (!head.ok()) return Fail(head.status());
  if (*head) return ExportHead(flags);
  auto reducer = job::LoadReducer(flags.reducer);
  if (!reducer.ok()) return Fail(reducer.status());
  const Status written = Write(*reducer, flags);
  if (!written.ok()) return Fail(written);
  if (!flags.quiet) std::fputs(Report(*reducer, flags).c_str(), stdout);
  return kDone;
}

}  // namespace

void AddExport(CLI::App* program, Action* action) {
  auto* app = program->add_subcommand(
      "export", "a reducer for Spark, sklearn, ONNX, NumPy; a head for ONNX, NumPy");
  auto flags = std::make_shared<ExportFlags>();
  app->add_option(
         "REDUCER", flags->reducer,
         "folder or file of a reducer or a head, or a run's folder; may be s3://")
      ->required();
  app->add_option("--to", flags->format, "npz, onnx, spark or sklearn")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"npz", "onnx", "spark", "sklearn"}).description(""))
      ->required();
  app->add_option("--out", flags->destination,
                  "file to write (spark: folder); may be s3:// but for sklearn")
      ->type_name("PATH")
      ->required();
  app->add_flag(
      "--fuse", flags->fuse,
      "onnx: the network before the reducer or head: raw pixels of its input size, "
      "n x height x width x 3 uint8 RGB, to k numbers; resizing is the caller's");
  AddNetworkFiles(app, &flags->files);
  app->add_flag("--overwrite", flags->overwrite, "replace what is there");
  app->add_flag("--quiet", flags->quiet, "print errors alone");
  app->footer(kExamples);
  app->callback([=] { *action = [flags] { return Export(*flags); }; });
}

}  // namespace pomona::cli
