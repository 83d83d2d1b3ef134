// The answer to ProfileTypes, made from the values of one label.
#pragma once

#include "base/result.h"
#include "http/forward.h"
#include "lb/pyroscope_guard.h"

#include <string>
#include <string_view>

namespace ceems::lb {

// Of every series of profiles: "process_cpu:cpu:nanoseconds:cpu:nanoseconds".
inline constexpr std::string_view kProfileTypeLabel = "__profile_type__";

// A ProfileTypesResponse from a LabelValuesResponse, in the same form. Values that are no types are left out.
// kInvalid for what is no such message.
base::Result<std::string> list_profile_types(MessageForm form, std::string_view values);

// Puts the one in place of the other. The answer must not be compressed; kInvalid otherwise. A list longer
// than a mebibyte breaks off (kTooLarge).
base::Status rewrite_profile_types(MessageForm form, http::ForwardedHead& head);

}  // namespace ceems::lb
