#include "tracking/internal/checks.h"
#include "tracking/internal/model_rows.h"
#include "tracking/tracker.h"

namespace gyre::tracking {

base::Result<LoggedModel> Tracker::CreateLoggedModel(const NewLoggedModel& model, std::string_view actor) {
  TRY(internal::CheckNewLoggedModel(model));
  return database_.Write(
      [&](store::Transaction& transaction) { return internal::InsertLoggedModel(transaction, model, actor); });
}

base::Result<LoggedModel> Tracker::GetLoggedModel(const LoggedModelId& id) {
  auto model = TRY(database_.Read([&](store::Reader& reader) { return internal::LoadLoggedModel(reader, id); }));
  if (model.stage == LifecycleStage::kActive) return model;
  return base::NotFound(fmt::format("Logged model with ID '{}' not found. It was deleted.", id.value()), id.value());
}

base::Result<LoggedModel> Tracker::FinishLoggedModel(const LoggedModelId& id, LoggedModelStatus status,
                                                     std::string_view actor) {
  return database_.Write([&](store::Transaction& transaction) -> base::Result<LoggedModel> {
    TRY(internal::FinishModel(transaction, id, status, actor));
    return internal::LoadLoggedModel(transaction, id);
  });
}

base::Result<void> Tracker::DeleteLoggedModel(const LoggedModelId& id, std::string_view actor) {
  return database_.RunWrite(
      [&](store::Transaction& transaction) { return internal::RemoveModel(transaction, id, actor); });
}

base::Result<void> Tracker::SetLoggedModelTags(const LoggedModelId& id, const Texts& tags) {
  TRY(internal::CheckModelTexts("tag", tags));
  return database_.RunWrite(
      [&](store::Transaction& transaction) { return internal::WriteModelTags(transaction, id, tags); });
}

base::Result<void> Tracker::DeleteLoggedModelTag(const LoggedModelId& id, std::string_view key) {
  return database_.RunWrite(
      [&](store::Transaction& transaction) { return internal::RemoveModelTag(transaction, id, key); });
}

base::Result<void> Tracker::LogLoggedModelParams(const LoggedModelId& id, const Texts& params) {
  TRY(internal::CheckModelTexts("param", params));
  return database_.RunWrite(
      [&](store::Transaction& transaction) { return internal::WriteModelParams(transaction, id, params); });
}

}  // namespace gyre::tracking
