#include "package/card.h"

#include "base/text.h"

namespace gyre::package {
namespace {

using base::Json;
using model::Feature;
using model::FeatureType;

constexpr size_t kShownCategories = 12;

/// Text from data must not turn into markup.
std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '<') {
      escaped += "&lt;";
    } else if (c == '\n' || c == '\r') {
      escaped += ' ';
    } else {
      if (c == '|' || c == '`' || c == '*' || c == '[' || c == ']' || c == '\\' || c == '#') escaped += '\\';
      escaped += c;
    }
  }
  return escaped;
}

std::string Shown(const Json& value) {
  if (value.is_string()) return Escaped(value.get<std::string>());
  if (value.is_number_float()) return fmt::format("{:.6g}", value.get<double>());
  return Escaped(base::DumpJson(value));
}

void AddSection(std::string& card, std::string_view title, const std::string& text) {
  if (!text.empty()) card += fmt::format("\n## {}\n\n{}\n", title, text);
}

std::string Categories(const Feature& feature) {
  std::vector<std::string> shown;
  for (const auto& category : feature.categories) {
    if (shown.size() == kShownCategories) break;
    shown.push_back(Escaped(category));
  }
  auto text = base::Join(shown, ", ");
  if (feature.categories.size() > shown.size())
    text += fmt::format(" and {} more", feature.categories.size() - shown.size());
  return text;
}

std::string Allowed(const Feature& feature) {
  if (feature.type == FeatureType::kCategory) return feature.closed ? "the categories seen" : "any text";
  if (feature.minimum && feature.maximum) {
    return fmt::format("{} to {}", base::FormatDouble(*feature.minimum), base::FormatDouble(*feature.maximum));
  }
  if (feature.minimum) return fmt::format("from {}", base::FormatDouble(*feature.minimum));
  if (feature.maximum) return fmt::format("up to {}", base::FormatDouble(*feature.maximum));
  return "any number";
}

/// What training saw of the feature, and how often it was missing.
std::pair<std::string, std::string> Seen(const Feature& feature, const model::ReferenceProfile& profile) {
  const auto share = [](uint64_t missing, uint64_t count) {
    return missing == 0
               ? std::string("never")
               : fmt::format("{:.2f}%", 100 * static_cast<double>(missing) / static_cast<double>(missing + count));
  };
  if (feature.type == FeatureType::kNumber) {
    const auto found = profile.numbers.find(feature.name);
    if (found == profile.numbers.end()) return {"", ""};
    const auto& seen = found->second;
    const auto range = seen.count == 0
                           ? std::string("nothing")
                           : fmt::format("{:.6g} to {:.6g}, mean {:.6g}", seen.minimum, seen.maximum, seen.mean);
    return {range, share(seen.missing, seen.count)};
  }
  const auto found = profile.categories.find(feature.name);
  const auto missing =
      found == profile.categories.end() ? std::string() : share(found->second.missing, found->second.count);
  return {Categories(feature), missing};
}

std::string InputTable(const model::Bundle& bundle) {
  std::string table =
      "| feature | type | accepted | may be missing | seen in training | missing in training "
      "|\n|---|---|---|---|---|---|\n";
  for (const auto& feature : bundle.signature.inputs) {
    const auto [seen, missing] = Seen(feature, bundle.profile);
    table += fmt::format("| {} | {} | {} | {} | {} | {} |\n", Escaped(feature.name), FeatureTypeName(feature.type),
                         Allowed(feature), feature.nullable ? "yes" : "no", seen, missing);
  }
  table.pop_back();
  return table;
}

std::string Outputs(const model::Signature& signature) {
  if (signature.task == model::Task::kRegression) return "One number per row.";
  std::vector<std::string> classes;
  for (const auto& name : signature.classes) classes.push_back(Escaped(name));
  auto text = fmt::format("One of {} classes: {}.", classes.size(), base::Join(classes, ", "));
  if (signature.probability_output.empty()) return text + " No probabilities.";
  text += " With a probability for each";
  return signature.classes.size() == 2
             ? text + fmt::format("; the one reported is of {}.", Escaped(signature.positive_class))
             : text + ".";
}

std::string ThresholdOf(const CardFacts& facts, const std::string& metric) {
  std::vector<std::string> conditions;
  for (const auto& threshold : facts.thresholds) {
    if (threshold.metric == metric) conditions.push_back(Escaped(threshold.condition));
  }
  return base::Join(conditions, ", ");
}

std::string MetricTable(const CardFacts& facts, const Json& metrics) {
  std::string table = "| metric | on test rows | threshold | baseline |\n|---|---|---|---|\n";
  size_t rows = 0;
  for (const auto& [name, value] : metrics.items()) {
    if (!value.is_primitive()) continue;
    const auto baseline = facts.baseline.contains(name) ? Shown(facts.baseline[name]) : std::string();
    table += fmt::format("| {} | {} | {} | {} |\n", Escaped(name), Shown(value), ThresholdOf(facts, name), baseline);
    ++rows;
  }
  if (rows == 0) return {};
  table.pop_back();
  if (!facts.baseline_name.empty()) table += fmt::format("\n\nBaseline: {}.", Escaped(facts.baseline_name));
  return table;
}

std::string Lineage(const Json& lineage) {
  std::vector<std::string> lines;
  for (const auto& [key, value] : lineage.items()) lines.push_back(fmt::format("- {}: {}", Escaped(key), Shown(value)));
  return base::Join(lines, "\n");
}

std::string Data(const CardFacts& facts, const CardCounts& counts) {
  std::vector<std::string> lines;
  if (!facts.data.empty()) lines.push_back(Escaped(facts.data) + "\n");
  if (counts.training_rows > 0) lines.push_back(fmt::format("- training rows: {}", counts.training_rows));
  size_t total = 0;
  for (const auto& [name, count] : counts.test_labels) total += count;
  for (const auto& [name, count] : counts.test_labels) {
    lines.push_back(fmt::format("- test rows labelled {}: {} ({:.2f}%)", Escaped(name), count,
                                100 * static_cast<double>(count) / static_cast<double>(total)));
  }
  return base::Join(lines, "\n");
}

std::string Limits(const CardFacts& facts, const model::Bundle& bundle) {
  std::vector<std::string> lines;
  for (const auto& limit : facts.limits) lines.push_back("- " + Escaped(limit));
  const auto& inputs = bundle.signature.inputs;
  if (bundle.profile.rows == 0)
    lines.emplace_back("- Nothing is known here of the data it was trained on: drift cannot be measured.");
  if (std::ranges::any_of(inputs, [](const Feature& f) { return f.type == FeatureType::kCategory && !f.closed; })) {
    lines.emplace_back("- A category that training did not see counts as none of those it saw.");
  }
  if (bundle.profile.rows > 0) {
    lines.emplace_back("- Values outside the ranges seen in training are answered, if accepted, but were not learnt.");
  }
  lines.emplace_back("- Numbers are read as 32-bit floating point.");
  return base::Join(lines, "\n");
}

}  // namespace

std::string WriteCard(const CardFacts& facts, const CardCounts& counts, const model::Bundle& bundle,
                      const std::string& algorithm) {
  std::string card = fmt::format("# {}\n", facts.name.empty() ? "Model" : Escaped(facts.name));
  std::vector<std::string> identity;
  if (!facts.label.empty()) identity.push_back(fmt::format("- predicts: {}", Escaped(facts.label)));
  identity.push_back(fmt::format("- algorithm: {}", Escaped(algorithm)));
  identity.push_back(fmt::format("- graph: ONNX, {} bytes, SHA-256 {}", bundle.onnx.size(),
                                 base::Sha256Of(std::string_view(bundle.onnx)).ToHex()));
  card += "\n" + base::Join(identity, "\n") + "\n";
  AddSection(card, "Intended use", Escaped(facts.intended_use));
  AddSection(card, "Data", Data(facts, counts));
  AddSection(card, "Inputs", InputTable(bundle));
  AddSection(card, "Output", Outputs(bundle.signature));
  AddSection(card, "Performance", MetricTable(facts, bundle.metrics));
  AddSection(card, "Lineage", Lineage(bundle.lineage));
  AddSection(card, "Limits", Limits(facts, bundle));
  return card;
}

std::string DescribeAlgorithm(const model::TrainedModel& model) {
  if (const auto* trees = std::get_if<model::TreeEnsemble>(&model.classifier)) {
    size_t nodes = 0;
    for (const auto& tree : trees->trees) nodes += tree.size();
    return fmt::format("random forest of {} trees, {} nodes", trees->trees.size(), nodes);
  }
  if (const auto* svm = std::get_if<model::SvmClassifier>(&model.classifier)) {
    static constexpr std::array kKernels = {"linear", "polynomial", "radial basis", "sigmoid"};
    const size_t vectors = svm->features == 0 ? 0 : svm->support_vectors.size() / svm->features;
    return fmt::format("support vector machine, {} kernel, {} support vectors",
                       kKernels[static_cast<size_t>(svm->kernel)], vectors);
  }
  return fmt::format("logistic regression on {} encoded features", model.encoded_features());
}

}  // namespace gyre::package
