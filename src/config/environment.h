// Environment variables in configuration texts, with a bound on the result. For callers outside of this room
// there is expand_environment() in config/yaml.h. Thread-safe as long as nobody changes the environment.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ceems::config {

// expand_environment(), giving up soon after the result is longer than `limit`: the caller refuses it then.
std::string expand_environment_within(std::string_view text, std::size_t limit);

}  // namespace ceems::config
