// What is checked and explained on the raw text of a YAML file, around yaml-cpp: bytes that it would take for
// something else, quotes that it lets run to the end of the file, and its messages in words for people.
// Thread-safe.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace ceems::config {

// An error about a line of the file, "name:line" as its subject.
std::unexpected<base::Error> fail_in_yaml(std::string_view name, int line, std::string message,
                                          base::ErrorCode code = base::ErrorCode::kInvalid);

// Size, UTF-8, control characters, and brackets open at once.
base::Status check_yaml_bytes(std::string_view text, std::string_view name);

// Whether the scalar whose token or properties (&anchor, !tag) start at `offset` opens a quote that nothing
// closes.
bool has_open_quote(std::string_view text, std::size_t offset);

// The library's message about that line of the text (from 1), reworded where people would not understand it.
std::string explain_yaml_error(std::string_view library_message, std::string_view text, int line);

}  // namespace ceems::config
