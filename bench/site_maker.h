// Writes the rows of a made-up site into an empty database that nobody else has open.
#pragma once

#include "base/result.h"
#include "site.h"
#include "store/sqlite.h"

namespace ceems::bench {

// What is there of it is no database if that fails half way: it is written without a journal.
base::Status write_site(store::Connection& db, const SiteShape& shape);

}  // namespace ceems::bench
