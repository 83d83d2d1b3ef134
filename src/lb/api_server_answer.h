// What the API server answers, as docs/api-server.md describes it: {"status":"success","data":[…]}. Pure
// functions; whatever arrives is an answer that is understood whole, or kInvalid.
#pragma once

#include "access/claims.h"
#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace ceems::lb {

// The rows of units/owned, in their order. An id must not come twice.
base::Result<std::vector<access::Claim>> parse_claims(std::string_view json);

// The text under `key` of each row.
base::Result<std::vector<std::string>> parse_texts(std::string_view json, std::string_view key);

}  // namespace ceems::lb
