// How an update of a large site fares beside readers, and they beside it.
#pragma once

#include "base/result.h"
#include "site_server.h"
#include "store/writer.h"

#include <string_view>

namespace ceems::bench {

inline constexpr std::string_view kUpdateTable = "an update and a reader";

// Prints a Markdown table. Each window that it writes stays in the database.
base::Status print_update(store::Writer& writer, const SiteServer& server);

}  // namespace ceems::bench
