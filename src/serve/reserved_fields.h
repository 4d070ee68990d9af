#pragma once

namespace gyre::serve {

/// What a row of a predict request may hold besides features. A model's feature of the same name has precedence: then
/// the field is that feature, and rows of this endpoint have the time of arrival, or no key.
inline constexpr const char* kEventTimeField = "event_time";
inline constexpr const char* kKeyField = "key";

}  // namespace gyre::serve
