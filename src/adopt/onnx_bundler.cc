#include "adopt/onnx_bundler.h"

#include <cmath>

#include "adopt/internal/dataset_rows.h"
#include "adopt/internal/example.h"
#include "adopt/internal/model_files.h"
#include "base/file.h"
#include "package/packaging.h"

namespace gyre::adopt {
namespace {

using registry::ModelVersion;

/// Enough for golden rows and for the profile of predictions.
constexpr size_t kTestRows = 2000;

/// The graph's own names if it has any, else MLmodel's, else f0, f1, ...
base::Result<model::Bundle> FromGraph(onnx::Runtime& runtime, const internal::Mlmodel& mlmodel,
                                      package::OutsideModel outside) {
  if (!mlmodel.columns.empty()) {
    outside.hints.feature_names = mlmodel.columns;
    auto named = package::BundleFromOnnx(runtime, outside);
    if (named) return named;
    outside.hints = {};
  }
  return package::BundleFromOnnx(runtime, outside);
}

base::Json MetricsOf(const tracking::Run& run) {
  base::Json metrics = base::Json::object();
  for (const auto& point : run.metrics) {
    if (std::isfinite(point.value)) metrics[point.key] = point.value;
  }
  return metrics;
}

bool IsForTraining(const tracking::DatasetInput& input) {
  return std::ranges::any_of(input.tags, [](const auto& tag) {
    return tag.first == tracking::kDatasetContextTag && (tag.second == "training" || tag.second == "train");
  });
}

/// The first rows in which no number is missing: what to a graph without imputation is no answer is no golden row.
std::vector<size_t> WholeRows(const model::Frame& rows) {
  std::vector<size_t> whole;
  for (size_t row = 0; row < rows.rows() && whole.size() < kTestRows; ++row) {
    const bool finite = std::ranges::all_of(rows.columns, [&](const model::FeatureColumn& column) {
      return column.numbers.empty() || std::isfinite(column.numbers[row]);
    });
    if (finite) whole.push_back(row);
  }
  return whole;
}

/// Where a dataset says that it lies: {"uri": "..."} of local files and artifacts.
std::string UriOf(const tracking::Dataset& dataset) {
  const auto source = base::ParseJson(dataset.source, "the dataset's source");
  if (!source || !source->is_object()) return {};
  const auto uri = source->find("uri");
  return uri != source->end() && uri->is_string() ? uri->get<std::string>() : std::string();
}

/// The path on this machine that a URI without a host means; empty if it means none.
std::filesystem::path LocalPath(std::string_view uri) {
  if (uri.starts_with("file://")) uri.remove_prefix(std::string_view("file://").size());
  return uri.starts_with('/') ? std::filesystem::path(uri) : std::filesystem::path();
}

/// One version on its way to a bundle.
class Adoption {
 public:
  Adoption(const ModelVersion& version, const OnnxBundler::Options& options, const OnnxBundler::Deps& deps)
      : version_(version), options_(options), deps_(deps) {}

  base::Result<model::Bundle> Make() {
    const auto files = TRY(internal::ModelFiles::Find(version_, deps_.tree, deps_.origins, deps_.blobs));
    if (!version_.run_id.empty()) run_ = Kept("its run", deps_.tracker.GetRun(tracking::RunId(version_.run_id)));
    package::OutsideModel outside{.onnx = TRY(files.ReadOnnx())};
    outside.card = Card();
    outside.lineage = {{"source", version_.source}, {"run_id", version_.run_id}, {"model_id", version_.model_id}};
    if (run_) outside.metrics = MetricsOf(*run_);
    auto bundle = FromGraph(deps_.onnx, files.mlmodel(), std::move(outside));
    if (!bundle) {
      return base::Unprocessable(
          fmt::format("{} cannot be served: {}", version_.ref.ToString(), bundle.error().message()),
          version_.ref.ToString());
    }
    if (!AddDataset(*bundle)) AddExample(files, *bundle);
    return bundle;
  }

 private:
  package::CardFacts Card() const {
    return {.name = version_.ref.model.value(),
            .intended_use = version_.description,
            .label = {},
            .data = {},
            .thresholds = {},
            .baseline_name = {}};
  }

  /// What is missing is told of, and done without.
  template <class T>
  std::optional<T> Kept(std::string_view what, base::Result<T> result) const {
    if (result) return std::move(*result);
    const auto ref = version_.ref.ToString();
    deps_.log.Warn(
        "model_adopted_without",
        {{"version", std::string_view(ref)}, {"what", what}, {"why", std::string_view(result.error().message())}});
    return std::nullopt;
  }

  /// The profile and golden rows from the first dataset that can be read.
  bool AddDataset(model::Bundle& bundle) const {
    if (!run_) return false;
    auto datasets = run_->inputs.datasets;
    std::ranges::stable_partition(datasets, IsForTraining);
    for (const auto& input : datasets) {
      const auto rows = Kept(input.dataset.name, ReadDataset(input.dataset, bundle.signature));
      if (rows && Kept(input.dataset.name, Describe(bundle, *rows))) return true;
    }
    return false;
  }

  base::Result<model::Frame> ReadDataset(const tracking::Dataset& dataset, const model::Signature& signature) const {
    const auto uri = TRY(internal::Located(UriOf(dataset), deps_.origins));
    const auto path = LocalPath(uri);
    TRY(base::MakeFolders(options_.work_folder));
    const auto folder = TRY(base::TempFolder::Make(options_.work_folder, "adopt-"));
    if (!path.empty() && options_.local_datasets) return internal::ReadRows(path, signature, folder.path());
    const auto files = TRY(deps_.tree.Files(uri));
    if (files.size() != 1) {
      return base::Unprocessable(
          fmt::format("dataset '{}' is not a file of this server ({})", dataset.name, dataset.source_type));
    }
    const auto file = folder.path() / ("data" + std::filesystem::path(uri).extension().string());
    TRY(deps_.blobs.Materialize(files.begin()->second.digest, file, blob::Materialization::kShare));
    return internal::ReadRows(file, signature, folder.path());
  }

  base::Result<bool> Describe(model::Bundle& bundle, const model::Frame& rows) const {
    TRY(package::AddReference(deps_.onnx, bundle, rows, rows.Take(WholeRows(rows)), {}, Card()));
    return true;
  }

  /// Golden rows from a few rows that say nothing of what training saw.
  void AddExample(const internal::ModelFiles& files, model::Bundle& bundle) const {
    if (files.mlmodel().example_file.empty()) return;
    const auto text = Kept("its input example", files.Read(files.mlmodel().example_file));
    if (!text) return;
    const auto rows = Kept("its input example", internal::ReadExample(*text, bundle.signature));
    auto described = bundle;
    if (rows && Kept("its input example", Describe(described, *rows))) bundle.golden = std::move(described.golden);
  }

  const ModelVersion& version_;
  const OnnxBundler::Options& options_;
  const OnnxBundler::Deps& deps_;
  std::optional<tracking::Run> run_;
};

}  // namespace

base::Result<model::Bundle> OnnxBundler::MakeBundle(const ModelVersion& version) {
  return Adoption(version, options_, deps_).Make();
}

}  // namespace gyre::adopt
