// Errors of a server behind, as a user may see them: such a text can quote labels of series that the user
// does not own.
#pragma once

#include "http/forward.h"

#include <optional>
#include <string>
#include <string_view>

namespace ceems::lb {

// What is left of an error of Prometheus' API, or of a Connect one (Pyroscope): its type, and its words up to
// the first label set. Where it is none, a text that says the status only.
std::string tame_error(int status, std::string_view body);

// Collects the answer and puts the tamed one in its place. `coding` is its Content-Encoding.
http::BodyRewriter tame_errors(int status, std::optional<std::string_view> coding);

}  // namespace ceems::lb
