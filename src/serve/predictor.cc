#include "serve/predictor.h"

#include <numeric>

#include "base/core_pool.h"
#include "base/text.h"
#include "serve/internal/buffered_entropy.h"
#include "serve/internal/endpoint.h"
#include "serve/internal/row_batch.h"
#include "serve/internal/row_parser.h"
#include "serve/internal/variant_run.h"

namespace gyre::serve {
namespace {

using base::ErrorCode;

/// One thread's buffers, reused from request to request.
struct Workspace {
  explicit Workspace(base::Entropy& source) : entropy(source) {}

  internal::BufferedEntropy entropy;
  internal::RowParser parser;
  internal::RowBatch batch;
  std::vector<PredictionView> views;
  internal::VariantRun champion;
  internal::VariantRun candidate;
  std::vector<char> picked;     ///< by row: the candidate is to reply
  std::vector<uint32_t> asked;  ///< rows that a variant is about to be asked

  /// Frees what an unusually large request left behind.
  void Trim() {
    batch.Trim();
    internal::TrimBuffer(views);
    champion.Trim();
    candidate.Trim();
    internal::TrimBuffer(picked);
    internal::TrimBuffer(asked);
  }
};

bool IsRefusal(ErrorCode code) {
  return code == ErrorCode::kInvalidArgument || code == ErrorCode::kUnprocessable || code == ErrorCode::kTooLarge;
}

/// One request on its way through an endpoint.
class Request {
 public:
  Request(const Endpoint& endpoint, Workspace& workspace) : endpoint_(endpoint), work_(workspace) {}

  base::Result<void> Answer(std::string_view body, const internal::ParseLimits& limits, base::Timestamp arrival,
                            const base::Cancellation& cancel, std::string& answer);
  /// What was answered, to the log; after the answer is written.
  void Log(PredictionSink& sink) const;

 private:
  void MakeViews(base::Timestamp arrival);
  base::Result<void> AskModels(const base::Cancellation& cancel);
  uint64_t AskCandidate(const internal::Variant& candidate, const base::Cancellation& cancel);
  base::Result<void> AskChampion(const base::Cancellation& cancel);
  base::Error AtItsRow(base::Error error, const base::Cancellation& cancel);
  void AskAll();
  void FillAnswers();

  size_t rows() const { return work_.batch.rows; }

  const Endpoint& endpoint_;
  Workspace& work_;
};

base::Result<void> Request::Answer(std::string_view body, const internal::ParseLimits& limits, base::Timestamp arrival,
                                   const base::Cancellation& cancel, std::string& answer) {
  TRY(work_.parser.Parse(endpoint_.plan(), body, limits, work_.batch));
  MakeViews(arrival);
  TRY(AskModels(cancel));
  FillAnswers();
  endpoint_.form().Append(work_.views, answer);
  return base::Ok();
}

void Request::MakeViews(base::Timestamp arrival) {
  const auto& batch = work_.batch;
  const size_t numbers = endpoint_.plan().numbers();
  const size_t categories = endpoint_.plan().categories();
  work_.views.resize(rows());
  work_.picked.resize(rows());
  for (size_t row = 0; row < rows(); ++row) {
    auto& view = work_.views[row];
    view.id = NewPredictionId(arrival, work_.entropy);
    view.time = arrival;
    const auto event_time = batch.event_times[row];
    view.event_time = event_time == internal::RowBatch::kNoEventTime ? arrival : event_time;
    view.key = batch.keys[row];
    view.numbers = std::span(batch.numbers).subspan(row * numbers, numbers);
    view.categories = std::span(batch.categories).subspan(row * categories, categories);
    work_.picked[row] = endpoint_.PicksCandidate(view.key, view.id) ? 1 : 0;
  }
}

void Request::AskAll() {
  work_.asked.resize(rows());
  std::iota(work_.asked.begin(), work_.asked.end(), 0U);
}

/// The candidate goes first: what it cannot answer, the champion must. Its errors count only if the champion then
/// answers, since what neither can answer is the caller's mistake.
base::Result<void> Request::AskModels(const base::Cancellation& cancel) {
  work_.champion.Begin(rows());
  work_.candidate.Begin(rows());
  if (rows() == 0) return base::Ok();
  TRY(cancel.Check());
  const auto* candidate = endpoint_.candidate();
  const uint64_t candidate_errors = candidate != nullptr ? AskCandidate(*candidate, cancel) : 0;
  TRY(AskChampion(cancel));
  if (candidate_errors > 0) endpoint_.counters().candidate_errors.Add(candidate_errors);
  return base::Ok();
}

/// How many rows it was asked and could not answer.
uint64_t Request::AskCandidate(const internal::Variant& candidate, const base::Cancellation& cancel) {
  AskAll();
  if (!endpoint_.Shadows(candidate))
    std::erase_if(work_.asked, [this](uint32_t row) { return work_.picked[row] == 0; });
  if (work_.asked.empty()) return 0;
  const auto outcome = work_.candidate.AnswerEach(*candidate.model, candidate.map, work_.batch, work_.asked, cancel);
  if (outcome) return 0;
  return static_cast<uint64_t>(
      std::ranges::count_if(work_.asked, [this](uint32_t row) { return !work_.candidate.answered(row); }));
}

base::Result<void> Request::AskChampion(const base::Cancellation& cancel) {
  const auto replies = [this](uint32_t row) { return work_.picked[row] == 0 || !work_.candidate.answered(row); };
  AskAll();
  const bool needed = std::ranges::any_of(work_.asked, replies);
  if (!endpoint_.Shadows(endpoint_.champion())) {
    std::erase_if(work_.asked, [&replies](uint32_t row) { return !replies(row); });
  }
  const auto& champion = endpoint_.champion();
  auto outcome = work_.champion.AnswerAll(*champion.model, champion.map, work_.batch, work_.asked, cancel);
  if (outcome) return base::Ok();
  // As a mere shadow it may fail, but not when it refuses: its signature is what the endpoint promises.
  if (!needed && outcome.error().code() != ErrorCode::kUnprocessable) return base::Ok();
  return AtItsRow(std::move(outcome).error(), cancel);
}

/// The champion names rows as it was given them; asked for all of them it names them as the caller does.
base::Error Request::AtItsRow(base::Error error, const base::Cancellation& cancel) {
  if (work_.asked.size() == rows() || error.code() != ErrorCode::kUnprocessable) return error;
  AskAll();
  const auto& champion = endpoint_.champion();
  auto outcome = work_.champion.AnswerAll(*champion.model, champion.map, work_.batch, work_.asked, cancel);
  return outcome ? std::move(error) : std::move(outcome).error();
}

void Request::FillAnswers() {
  uint64_t by_candidate = 0;
  for (size_t row = 0; row < rows(); ++row) {
    auto& view = work_.views[row];
    const bool candidate = work_.picked[row] != 0 && work_.candidate.answered(row);
    const auto& other = candidate ? work_.champion : work_.candidate;
    view.answer = (candidate ? work_.candidate : work_.champion).answer(row);
    view.shadow = other.answered(row) ? std::optional(other.answer(row)) : std::nullopt;
    by_candidate += candidate ? 1 : 0;
  }
  if (by_candidate > 0) endpoint_.candidate()->predictions.Add(by_candidate);
  if (by_candidate < rows()) endpoint_.champion().predictions.Add(rows() - by_candidate);
}

void Request::Log(PredictionSink& sink) const {
  if (work_.views.empty()) return;
  const PredictionBatch batch{
      .endpoint = endpoint_.name().value(), .signature = &endpoint_.signature(), .rows = work_.views};
  if (!sink.Offer(batch)) {
    endpoint_.counters().dropped_log_rows.fetch_add(work_.views.size(), std::memory_order_relaxed);
  }
}

}  // namespace

struct Predictor::Impl {
  internal::ParseLimits limits;
  Deps deps;
  base::CorePool<Workspace> workspaces;

  base::Error NoSuchEndpoint(std::string_view name) const;
  base::Result<void> Predict(const Endpoint& endpoint, std::string_view body, const base::Cancellation& cancel,
                             std::string& answer);
};

base::Error Predictor::Impl::NoSuchEndpoint(std::string_view name) const {
  std::vector<std::string> names;
  for (const auto& known : deps.endpoints.Names()) names.push_back(known.value());
  const auto shown = std::string(name.substr(0, 128));
  const auto meant = base::ClosestMatch(shown, names);
  return base::NotFound(fmt::format("there is no endpoint '{}'{}", shown,
                                    meant ? fmt::format("; did you mean '{}'?", *meant) : std::string()),
                        shown);
}

base::Result<void> Predictor::Impl::Predict(const Endpoint& endpoint, std::string_view body,
                                            const base::Cancellation& cancel, std::string& answer) {
  auto workspace = workspaces.Take();
  if (workspace.get() == nullptr) workspace.Set(std::make_unique<Workspace>(deps.entropy));
  Request request(endpoint, *workspace);
  auto answered = request.Answer(body, limits, deps.clock.Now(), cancel, answer);
  if (answered) request.Log(deps.sink);
  workspace->Trim();
  return answered;
}

Predictor::Predictor(const Limits& limits, const Deps& deps)
    : impl_(new Impl{{.max_rows = limits.max_rows, .max_values = limits.max_values}, deps, {}}) {}

Predictor::~Predictor() = default;

base::Result<void> Predictor::PredictJson(std::string_view endpoint, std::string_view body,
                                          const base::Cancellation& cancel, std::string& answer) {
  const auto start = impl_->deps.clock.Monotonic();
  const auto found = impl_->deps.endpoints.Find(endpoint);
  if (found == nullptr) return impl_->NoSuchEndpoint(endpoint);
  auto outcome = impl_->Predict(*found, body, cancel, answer);
  auto& counters = found->counters();
  auto& counter = outcome ? counters.answered : IsRefusal(outcome.error().code()) ? counters.refused : counters.failed;
  counter.Add();
  counters.seconds.Observe(std::chrono::duration<double>(impl_->deps.clock.Monotonic() - start).count());
  return outcome;
}

std::chrono::nanoseconds Predictor::EstimateCost(std::string_view endpoint, std::string_view body) const {
  const auto found = impl_->deps.endpoints.Find(endpoint);
  if (found == nullptr) return std::chrono::nanoseconds(0);
  size_t rows = 0;
  for (size_t at = body.find('{'); at != body.npos; at = body.find('{', at + 1)) ++rows;
  auto cost = found->champion().model->CostOf(rows);
  if (const auto* candidate = found->candidate()) cost += candidate->model->CostOf(rows);
  return cost;
}

}  // namespace gyre::serve
