// The reference of this program as Markdown, made from what the code declares.
#pragma once

#include "base/result.h"
#include "config/flags.h"

#include <string>

namespace ceems::api_server {

// Flags, then metrics. kInvalid if declarations of metrics contradict each other.
base::Result<std::string> reference(const config::Flags& flags);

}  // namespace ceems::api_server
