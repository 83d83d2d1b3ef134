// Compressed replies: gzip or deflate (RFC 9110 §8.4.1), as the client prefers. Thread-safe.
#pragma once

#include "base/result.h"
#include "http/message.h"

#include <cstdint>

namespace ceems::api {

// -2 (least effort), -1 (the library's default), 0 (stored) to 9 (smallest).
base::Status check_compression_level(std::int64_t level);

// Compresses the body, whole or streamed, if the client wants that, the content type is one that compresses
// and the body is not coded yet. `level` as above.
void compress(const http::Request& request, http::Response& response, int level);

}  // namespace ceems::api
