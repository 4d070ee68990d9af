#pragma once

#include <array>

#include "api/mlflow/internal/descriptor.h"
#include "api/mlflow/internal/messages.h"

// The requests for registered models, their versions and webhooks: fields as in MLflow's model_registry.proto and
// webhooks.proto, in the order in which its server looks at them.

namespace gyre::api::mlflow::internal::messages {

inline constexpr std::array kModelNameFields = {Required("name")};
inline constexpr Descriptor kModelName = {kModelNameFields};
inline constexpr std::array kCreateModelFields = {Required("name"), Tags("tags"), Field{.name = "description"}};
inline constexpr Descriptor kCreateModel = {kCreateModelFields};
inline constexpr std::array kUpdateModelFields = {Required("name"), Field{.name = "description"}};
inline constexpr Descriptor kUpdateModel = {kUpdateModelFields};
inline constexpr std::array kRenameModelFields = {Required("name"), Required("new_name")};
inline constexpr Descriptor kRenameModel = {kRenameModelFields};
inline constexpr std::array kSearchModelsFields = {Field{.name = "filter"},
                                                   Field{.name = "max_results", .type = Type::kInt64, .max = 1000},
                                                   Texts("order_by"), Field{.name = "page_token"}};
inline constexpr Descriptor kSearchModels = {kSearchModelsFields};
inline constexpr std::array kLatestVersionsFields = {Required("name"), Texts("stages")};
inline constexpr Descriptor kLatestVersions = {kLatestVersionsFields};
inline constexpr std::array kSetModelTagFields = {Required("name"), Required("key"), Field{.name = "value"}};
inline constexpr Descriptor kSetModelTag = {kSetModelTagFields};
inline constexpr std::array kDeleteModelTagFields = {Required("name"), Required("key")};
inline constexpr Descriptor kDeleteModelTag = {kDeleteModelTagFields};
inline constexpr std::array kSetAliasFields = {Required("name"), Required("alias"), Required("version")};
inline constexpr Descriptor kSetAlias = {kSetAliasFields};
inline constexpr std::array kAliasFields = {Required("name"), Required("alias")};
inline constexpr Descriptor kAlias = {kAliasFields};

inline constexpr std::array kCreateVersionFields = {
    Required("name"),          Required("source"),           Field{.name = "run_id"},  Tags("tags"),
    Field{.name = "run_link"}, Field{.name = "description"}, Field{.name = "model_id"}};
inline constexpr Descriptor kCreateVersion = {kCreateVersionFields};
inline constexpr std::array kVersionFields = {Required("name"), Required("version")};
inline constexpr Descriptor kVersion = {kVersionFields};
inline constexpr std::array kUpdateVersionFields = {Required("name"), Required("version"),
                                                    Field{.name = "description"}};
inline constexpr Descriptor kUpdateVersion = {kUpdateVersionFields};
inline constexpr std::array kTransitionFields = {Required("name"), Required("version"), Required("stage"),
                                                 Field{.name = "archive_existing_versions", .type = Type::kBool}};
inline constexpr Descriptor kTransition = {kTransitionFields};
/// MLflow's server looks at this one's fields later.
inline constexpr std::array kDownloadUriFields = {Field{.name = "name"}, Field{.name = "version"}};
inline constexpr Descriptor kDownloadUri = {kDownloadUriFields};
inline constexpr std::array kSearchVersionsFields = {Field{.name = "filter"},
                                                     Field{.name = "max_results", .type = Type::kInt64, .max = 200'000},
                                                     Texts("order_by"), Field{.name = "page_token"}};
inline constexpr Descriptor kSearchVersions = {kSearchVersionsFields};
inline constexpr std::array kSetVersionTagFields = {Required("name"), Required("version"), Required("key"),
                                                    Field{.name = "value"}};
inline constexpr Descriptor kSetVersionTag = {kSetVersionTagFields};
inline constexpr std::array kDeleteVersionTagFields = {Required("name"), Required("version"), Required("key")};
inline constexpr Descriptor kDeleteVersionTag = {kDeleteVersionTagFields};

// Webhooks.
inline constexpr std::array kEntityValues = {
    EnumValue{"ENTITY_UNSPECIFIED", 0}, EnumValue{"REGISTERED_MODEL", 1},    EnumValue{"MODEL_VERSION", 2},
    EnumValue{"MODEL_VERSION_TAG", 3},  EnumValue{"MODEL_VERSION_ALIAS", 4}, EnumValue{"PROMPT", 5},
    EnumValue{"PROMPT_VERSION", 6},     EnumValue{"PROMPT_TAG", 7},          EnumValue{"PROMPT_VERSION_TAG", 8},
    EnumValue{"PROMPT_ALIAS", 9},       EnumValue{"BUDGET_POLICY", 10}};
inline constexpr std::array kActionValues = {EnumValue{"ACTION_UNSPECIFIED", 0},
                                             EnumValue{"CREATED", 1},
                                             EnumValue{"UPDATED", 2},
                                             EnumValue{"DELETED", 3},
                                             EnumValue{"SET", 4},
                                             EnumValue{"EXCEEDED", 5}};
inline constexpr std::array kWebhookStatusValues = {EnumValue{"ACTIVE", 1}, EnumValue{"DISABLED", 2}};
inline constexpr std::array kEventFields = {Field{.name = "entity", .type = Type::kEnum, .enumeration = kEntityValues},
                                            Field{.name = "action", .type = Type::kEnum, .enumeration = kActionValues}};
inline constexpr Descriptor kEvent = {kEventFields};
inline constexpr std::array kCreateWebhookFields = {
    Required("name"),
    Required("url"),
    Field{.name = "events", .type = Type::kMessage, .required = true, .repeated = true, .message = &kEvent},
    Field{.name = "description"},
    Field{.name = "secret"},
    Field{.name = "status", .type = Type::kEnum, .enumeration = kWebhookStatusValues}};
inline constexpr Descriptor kCreateWebhook = {kCreateWebhookFields};
inline constexpr std::array kUpdateWebhookFields = {
    Field{.name = "name"},   Field{.name = "description"},
    Field{.name = "url"},    Field{.name = "events", .type = Type::kMessage, .repeated = true, .message = &kEvent},
    Field{.name = "secret"}, Field{.name = "status", .type = Type::kEnum, .enumeration = kWebhookStatusValues}};
inline constexpr Descriptor kUpdateWebhook = {kUpdateWebhookFields};
inline constexpr std::array kListWebhooksFields = {Field{.name = "max_results", .type = Type::kInt32},
                                                   Field{.name = "page_token"}};
inline constexpr Descriptor kListWebhooks = {kListWebhooksFields};
inline constexpr std::array kTestWebhookFields = {Field{.name = "event", .type = Type::kMessage, .message = &kEvent}};
inline constexpr Descriptor kTestWebhook = {kTestWebhookFields};

}  // namespace gyre::api::mlflow::internal::messages
