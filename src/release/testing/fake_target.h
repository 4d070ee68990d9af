#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "monitor/testing/sample_rows.h"
#include "serve/endpoints.h"
#include "serve/testing/fake_model.h"
#include "targets/target.h"

namespace gyre::release::testing {

/// A target that writes down what it is asked and really serves: version N of a model answers the chance of rain that
/// `rain[N]` computes from a row. Thread-safe.
class FakeTarget final : public targets::Target {
 public:
  using Rain = std::function<base::Result<float>(std::span<const float> numbers)>;

  explicit FakeTarget(serve::Endpoints& endpoints) : endpoints_(endpoints) {}

  std::map<int64_t, Rain> rain;  ///< 0.25 for others; set before the version is applied
  /// Asked before each call, outside of locks: "probe rain/2", "apply rain: rain/1", "remove rain".
  std::function<base::Result<void>(const std::string& call)> before = [](const std::string&) { return base::Ok(); };

  /// Of the calls, oldest first; forgets them.
  std::vector<std::string> TakeCalls() {
    const std::lock_guard lock(mutex_);
    return std::exchange(calls_, {});
  }

  base::Result<void> Probe(const registry::VersionRef& version) override {
    return Called("probe " + version.ToString());
  }

  base::Result<void> Apply(const serve::EndpointName& endpoint, const targets::DesiredRouting& routing) override {
    std::string call = "apply " + endpoint.value() + ": " + routing.champion.ToString();
    if (routing.candidate) call += " and " + routing.candidate->ToString();
    TRY(Called(call));
    return endpoints_.Install(endpoint, {.champion = Model(routing.champion),
                                         .candidate = routing.candidate ? Model(*routing.candidate) : nullptr,
                                         .candidate_share = routing.candidate_share,
                                         .paired = routing.paired});
  }

  base::Result<void> Remove(const serve::EndpointName& endpoint) override {
    TRY(Called("remove " + endpoint.value()));
    endpoints_.Remove(endpoint);
    return base::Ok();
  }

 private:
  base::Result<void> Called(const std::string& call) {
    {
      const std::lock_guard lock(mutex_);
      calls_.push_back(call);
    }
    return before(call);
  }

  std::shared_ptr<const serve::LoadedModel> Model(const registry::VersionRef& version) {
    const auto found = rain.find(version.version);
    const Rain chance = found == rain.end() ? [](auto) -> base::Result<float> { return 0.25F; } : found->second;
    return serve::testing::FakeModel(
        version.ToString(), monitor::testing::WeatherSignature(),
        [chance](const serve::testing::FakeRunner::Row& row, std::span<float> probabilities) -> base::Result<void> {
          const float p = TRY(chance(row.numbers));
          probabilities[0] = 1 - p;
          probabilities[1] = p;
          return base::Ok();
        });
  }

  serve::Endpoints& endpoints_;
  std::mutex mutex_;
  std::vector<std::string> calls_;
};

}  // namespace gyre::release::testing
