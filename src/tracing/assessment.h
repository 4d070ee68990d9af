#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace gyre::tracing {

/// A judgement of a trace: what somebody thinks of its outcome, what should have come out, or a known issue it shows.
struct Assessment {
  enum class Kind { kFeedback, kExpectation, kIssue };

  std::string id;  ///< "a-" and 32 hexadecimal digits
  std::string trace_id;
  std::string span_id;  ///< empty: of the whole trace
  Kind kind = Kind::kFeedback;
  std::string name;   ///< of an issue, its id
  std::string value;  ///< a JSON text; of an issue, its name as one; empty if there is an error in its place
  std::string error;  ///< of a feedback that could not be made: a JSON object, else empty
  std::string source_type = "SOURCE_TYPE_UNSPECIFIED";  ///< HUMAN, LLM_JUDGE, CODE
  std::string source_id;
  std::string rationale;
  std::map<std::string, std::string> metadata;
  std::string overrides;  ///< id of the assessment that this one replaces
  bool valid = true;      ///< not replaced by another
  int64_t created_ms = 0;
  int64_t updated_ms = 0;

  bool operator==(const Assessment&) const = default;
};

/// What is to change; the rest stays.
struct AssessmentUpdate {
  std::optional<Assessment::Kind> kind;  ///< of `value`: must be that of the assessment
  std::optional<std::string> name;
  std::optional<std::string> value;
  std::optional<std::string> error;
  std::optional<std::string> rationale;
  std::map<std::string, std::string> metadata;  ///< added to what is there
};

}  // namespace gyre::tracing
