// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <algorithm>

#include "parse.h"

namespace pomona::cli {
namespace {

constexpr char kSource[] = "Images";
constexpr char kPicture[] = "Preprocessing";
constexpr char kNetwork[] = "Network";
constexpr char kFit[] = "Scaler and PCA";
constexpr char kTable[] = "Results";
constexpr char kHow[] = "How it runs (changes no byte of the result)";

Result<std::vector<std::string>> ParseOutputs(const std::string& text) {
  return ParseWords(text, {"csv", "npz"});
}

bool Has(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

Result<std::optional<image::Normalization>> NormalizeFlags::Resolve() const {
  const bool numbers = mean || deviation || scale || !channels.empty();
  if (numbers && name != "custom") {
    return Status::Invalid(
        "--mean, --std, --scale and --channels need --normalize custom");
  }
  if (name.empty()) return std::nullopt;
  if (name != "custom") {
    ARROW_ASSIGN_OR_RAISE(auto named, image::Normalization::Named(name));
    return named;
  }
  if (!numbers) {
    return Status::Invalid(
        "--normalize custom needs at least one of --mean, --std, --scale, --channels");
  }
  image::Normalization custom;
  custom.name = "custom";
  custom.bgr = channels == "bgr";
  custom.scale = scale.value_or(1.0F);
  custom.mean = mean.value_or(std::array<float, 3>{0, 0, 0});
  custom.std = deviation.value_or(std::array<float, 3>{1, 1, 1});
  return custom;
}

Status CheckSpark(const SparkFlags& spark, const job::RunOptions& options) {
  ARROW_RETURN_NOT_OK(spark.Validate());
  if (!options.require_same_cpu || spark.engine == "spark") return Status::OK();
  return Status::Invalid("--require-same-cpu needs --engine spark");
}

Result<job::Settings> RunFlags::Resolve() const {
  job::Settings resolved = settings;
  ARROW_RETURN_NOT_OK(CheckSpark(spark, options));
  ARROW_ASSIGN_OR_RAISE(resolved.normalization, normalize.Resolve());
  resolved.csv = Has(outputs, "csv");
  resolved.npz = Has(outputs, "npz");
  ARROW_RETURN_NOT_OK(resolved.Validate());
  return resolved;
}

void AddSourceOptions(CLI::App* app, job::Settings* settings) {
  app->add_option(
         "--label-from", settings->source.label_from,
         "where labels are from: dir (name of the folder), none, column:NAME, or a "
         "regular expression on the path, whose first group is the label")
      ->type_name("RULE")
      ->capture_default_str()
      ->group(kSource);
  app->add_option("--limit", settings->limit, "only the first N images of the listing")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 40).description(""))
      ->default_str("all")
      ->group(kSource);
  app->add_flag(
         "--all-files", settings->source.all_files,
         "take files whatever their name; those that are no picture become rejects")
      ->group(kSource);
  app->add_option("--image-column", settings->source.image_column,
                  "column of the pictures (Parquet) or of the paths (list file)")
      ->type_name("NAME")
      ->default_str("found")
      ->group(kSource);
  app->add_option("--max-pixels", settings->max_pixels,
                  "larger pictures are rejects, refused before memory is taken")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 31).description(""))
      ->capture_default_str()
      ->group(kSource);
}

void AddPictureOptions(CLI::App* app, job::Settings* settings,
                       NormalizeFlags* normalize) {
  AddParsed(
      app, "--fit", &settings->fit_mode, ParseFit, "stretch", "MODE",
      "how a picture becomes the input size: stretch, crop (fill, cut the centre) or "
      "pad (fit inside)")
      ->group(kPicture);
  AddParsed(app, "--filter", &settings->filter, ParseFilter, "bilinear", "NAME",
            "resize filter, as Pillow's: nearest, bilinear, bicubic, lanczos")
      ->group(kPicture);
  AddParsed(app, "--pad-color", &settings->pad_color, ParseColor, "white", "COLOR",
            "what --fit pad fills with: white, black, #rrggbb or r,g,b")
      ->group(kPicture);
  app->add_flag("!--no-orient", settings->apply_orientation,
                "leave EXIF orientation unapplied")
      ->group(kPicture);
  AddParsed(
      app, "--white-balance", &settings->white_balance, ParseWhiteBalance, "none", "HOW",
      "none, or grey-world: red, green and blue are brought to one mean, against the "
      "colour of the light")
      ->group(kPicture);
  AddParsed(
      app, "--views", &settings->views, ParseViews, "one", "SET",
      "what the network sees of a picture, whose row is their mean: one, mirror (it "
      "and its mirror image) or seven (these and five crops)")
      ->group(kPicture);
  if (app->get_name() == "extract") {
    AddParsed(app, "--regions", &settings->regions, ParseRegions, "photo", "SET",
              "photo: a row a picture; fruits: more for what may be fruit in it")
        ->group(kPicture);
  }
  AddParsed(app, "--descriptors", &settings->colour, ParseDescriptors, "network", "LIST",
            "network, or network,colour: the colours and size of the fruit stand behind "
            "the network's numbers")
      ->group(kPicture);
  app->add_option("--normalize", normalize->name, "caffe, tf, torch, none or custom")
      ->type_name("NAME")
      ->check(CLI::IsMember({"caffe", "tf", "torch", "none", "custom"}).description(""))
      ->default_str("what the network wants")
      ->group(kPicture);
  AddParsed(app, "--mean", &normalize->mean, ParseTriple, "0,0,0", "A,B,C",
            "custom: taken off each channel, after --scale")
      ->group(kPicture);
  AddParsed(app, "--std", &normalize->deviation, ParseTriple, "1,1,1", "A,B,C",
            "custom: each channel is divided by it")
      ->group(kPicture);
  app->add_option("--scale", normalize->scale, "custom: pixels are multiplied by it")
      ->type_name("X")
      ->default_str("1")
      ->group(kPicture);
  app->add_option("--channels", normalize->channels, "custom: order, rgb or bgr")
      ->type_name("ORDER")
      ->check(CLI::IsMember({"rgb", "bgr"}).description(""))
      ->default_str("rgb")
      ->group(kPicture);
}

void AddNetworkFiles(CLI::App* app, model::BackboneOptions* backbone) {
  backbone->input_height = backbone->input_width = 0;  // the network's own
  if (app->get_name() != "info") {
    app->add_option(
           "--model", backbone->model,
           "vgg16 (or vgg11, vgg13, vgg19, which have no built-in weights), lite0 "
           "(EfficientNet-Lite0), or an ONNX file")
        ->type_name("NAME|FILE")
        ->capture_default_str()
        ->group(kNetwork);
  }
  app->add_option("--weights", backbone->weights,
                  "imagenet (built in: vgg16 and lite0), none (random, from --seed) or a "
                  "file (Keras HDF5, "
                  "safetensors, ONNX)")
      ->type_name("KIND|FILE")
      ->capture_default_str()
      ->group(kNetwork);
}

void AddNetworkOptions(CLI::App* app, model::BackboneOptions* backbone) {
  auto size = [backbone](const std::string& text) {
    auto parsed = ParseSize(text);
    if (!parsed.ok())
      throw CLI::ValidationError("--input-size", parsed.status().message());
    backbone->input_height = parsed->height;
    backbone->input_width = parsed->width;
  };
  AddNetworkFiles(app, backbone);
  // A head on a network that knows nothing is no use.
  if (app->get_name() != "train") {
    app->add_option("--seed", backbone->seed, "of --weights none")
        ->type_name("N")
        ->capture_default_str()
        ->group(kNetwork);
  }
  app->add_option_function<std::string>("--input-size", size,
                                        "side of the square input, or height x width")
      ->type_name("N|HxW")
      ->default_str("vgg*: 100; lite0: 224; ONNX: of FILE.json or the file")
      ->group(kNetwork);
  app->add_option("--layer", backbone->layer,
                  "layer whose output is taken, or several by commas, whose rows stand "
                  "beside each "
                  "other (vgg*: block1_conv1 .. block5_pool; lite0: stem, stage1 .. "
                  "stage7, head, "
                  "feat; ONNX: tensors)")
      ->type_name("NAME,...")
      ->default_str("the last")
      ->group(kNetwork);
  AddParsed(app, "--pool", &backbone->pool, ParsePool, "none", "HOW",
            "none, avg or max over the layer's height and width")
      ->group(kNetwork);
}

void AddEngineOptions(CLI::App* app, std::string* precision, std::string* backend) {
  app->add_option(
         "--precision", *precision,
         "of the network's arithmetic: auto (what is best on this CPU; see pomona "
         "doctor), f32 or bf16")
      ->type_name("P")
      ->check(CLI::IsMember({"auto", "f32", "bf16"}).description(""))
      ->capture_default_str()
      ->group(kNetwork);
  app->add_option("--backend", *backend,
                  "what runs the network: auto (the fastest on this CPU; see pomona "
                  "doctor), native (our own, for VGGs and ONNX files that are such "
                  "stacks) or openvino (everything)")
      ->type_name("B")
      ->check(CLI::IsMember({"auto", "native", "openvino"}).description(""))
      ->capture_default_str()
      ->group(kNetwork);
}

void AddFitOptions(CLI::App* app, stats::FitOptions* fit) {
  auto* components =
      app->add_option("--components", fit->components, "number of components")
          ->type_name("K")
          ->check(CLI::Range(int64_t{1}, int64_t{65535}).description(""))
          ->default_str("64, or the rank if less")
          ->group(kFit);
  AddParsed(app, "--variance", &fit->variance, ParseShare, "", "SHARE",
            "instead: as many components as explain this share, 0.95 or 95%")
      ->excludes(components)
      ->group(kFit);
  AddParsed(app, "--convention", &fit->convention, ParseConvention, "spark", "NAME",
            "whose scaler and PCA to equal: spark or sklearn")
      ->group(kFit);
  app->add_flag("--center,!--no-center", fit->center,
                "subtract the mean before scaling (Spark's withMean); on by default")
      ->group(kFit);
  app->add_flag("--all-eigenvalues", fit->all_eigenvalues,
                "compute the full spectrum for the scree")
      ->group(kFit);
  AddParsed(app, "--pca", &fit->pca, ParsePca, "auto", "METHOD",
            "exact, from the covariance of all columns (4 bytes a pair of columns); "
            "sketch, from the directions that vary most, in a fraction of the memory; "
            "auto: a sketch from 12,288 columns on, without --variance and "
            "--all-eigenvalues")
      ->group(kFit);
}

void AddTableOptions(CLI::App* app, RunFlags* flags, bool reduces) {
  if (reduces) {
    AddParsed(app, "--output", &flags->outputs, ParseOutputs, "", "csv,npz",
              "formats to write beside Parquet")
        ->group(kTable);
    AddParsed(app, "--keep-features", &flags->settings.keep_features, ParseYesNo, "yes",
              "yes|no", "no: remove the feature files after the transform")
        ->group(kTable);
  }
  app->add_option("--shard-size", flags->settings.shard_size, "images a file")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{65536}).description(""))
      ->capture_default_str()
      ->group(kTable);
  app->add_option("--block-shards", flags->settings.block_shards,
                  "files a block, the unit of fitted state")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{65536}).description(""))
      ->capture_default_str()
      ->group(kTable);
  app->add_flag("--overwrite", flags->options.overwrite,
                "remove what is at the destination and start anew")
      ->group(kTable);
}

void AddSparkOptions(CLI::App* app, SparkFlags* spark, job::RunOptions* options) {
  app->add_option("--engine", spark->engine,
                  "local (this machine) or spark (a cluster; docs/spark.md)")
      ->type_name("NAME")
      ->check(CLI::IsMember({"local", "spark"}).description(""))
      ->capture_default_str()
      ->group(kHow);
  app->add_option("--master", spark->master,
                  "of --engine spark: spark://HOST:PORT, local[N], yarn, "
                  "k8s://https://HOST:PORT")
      ->type_name("URL")
      ->group(kHow);
  app->add_option("--conf", spark->conf,
                  "of --engine spark: a setting of Spark's; may be repeated")
      ->type_name("K=V")
      ->allow_extra_args(false)
      ->group(kHow);
  app->add_flag("--require-same-cpu", options->require_same_cpu,
                "of --engine spark: refuse workers of another kind of CPU")
      ->group(kHow);
}

void AddHowOptions(CLI::App* app, RunFlags* flags) {
  app->add_option("--threads", flags->options.threads, "0: every core it may use")
      ->type_name("N")
      ->check(CLI::Range(0, 4096).description(""))
      ->capture_default_str()
      ->group(kHow);
  AddParsed(app, "--max-bad", &flags->options.max_bad, ParseShare, "5%", "SHARE",
            "give up when more of the images than this are rejects")
      ->group(kHow);
  app->add_flag("--allow-other-cpu", flags->options.allow_other_cpu,
                "resume a run that another kind of CPU or build began")
      ->group(kHow);
  AddSparkOptions(app, &flags->spark, &flags->options);
  app->add_flag("--strict", flags->strict, "exit with 1 when there are rejects")
      ->group(kHow);
  auto* json = app->add_flag("--json", flags->json, "print events, a line of JSON each")
                   ->group(kHow);
  app->add_flag("--quiet", flags->quiet, "print warnings and errors alone")
      ->excludes(json)
      ->group(kHow);
}

void AddForecastOptions(CLI::App* app, RunFlags* flags) {
  auto* dry = app->add_flag("--dry-run", flags->dry_run,
                            "list and plan, say what would be done, write nothing")
                  ->group(kHow);
  app->add_option("--rate", flags->rate,
                  "of --dry-run: images a second, or the destination of a run that "
                  "shall have had them")
      ->type_name("N|DST")
      ->default_str("of the last run at --out")
      ->needs(dry)
      ->group(kHow);
}

}  // namespace pomona::cli
