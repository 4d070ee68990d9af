#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace gyre::transfer {

/// "experiments", "runs", "params", "tags", "metric_points", "inputs", "outputs", "logged_models",
/// "logged_model_points", "registered_models", "model_versions", "artifacts", "artifact_bytes".
struct Count {
  int64_t read = 0;
  int64_t written = 0;
  int64_t present = 0;  ///< were there already, from a transfer before
  int64_t failed = 0;
};

/// Something that could not be taken.
struct Loss {
  std::string kind;  ///< "run"
  std::string id;
  std::string why;
};

/// What a transfer did. One thread.
class Report {
 public:
  Count& Of(std::string_view kind) { return counts_[std::string(kind)]; }
  const std::map<std::string, Count>& counts() const { return counts_; }

  void Lose(std::string_view kind, std::string_view id, const base::Error& error) { Lose(kind, id, error.message()); }
  void Lose(std::string_view kind, std::string_view id, std::string why);
  /// A thing that is no loss but that people should know of; each once.
  void Note(std::string text);

  const std::vector<Loss>& losses() const { return losses_; }  ///< the first kListed of them
  int64_t lost() const { return lost_; }
  const std::vector<std::string>& notes() const { return notes_; }
  /// Nothing was lost and of every kind read = written + present.
  bool Complete() const;
  /// {"complete", "counts": {KIND: {"read", "written", "present", "failed"}}, "losses": [...], "lost", "notes"}.
  base::Json ToJson() const;

  static constexpr size_t kListed = 1000;

 private:
  std::map<std::string, Count> counts_;
  std::vector<Loss> losses_;
  std::vector<std::string> notes_;
  int64_t lost_ = 0;
};

}  // namespace gyre::transfer
