// Text in HTML. Pure.
#pragma once

#include <string>
#include <string_view>

namespace ceems::api {

// With '<', '&' and '"' escaped: for content, and for attributes in double quotes.
std::string escape_markup(std::string_view text);

}  // namespace ceems::api
