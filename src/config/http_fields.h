// What may stand in a header field that comes from a configuration file (RFC 9110 §5). Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace ceems::config {

// A token: letters, digits and !#$%&'*+-.^_`|~ .
bool is_field_name(std::string_view name);
// Visible characters, blanks, tabs and bytes above 0x7F; above all, no line end.
bool is_field_value(std::string_view value);
// Go's canonical form: "x-grafana-USER" → "X-Grafana-User".
std::string canonical_field_name(std::string_view name);

}  // namespace ceems::config
