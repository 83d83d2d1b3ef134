// What a scraper wants to get: the format from its Accept field, the encoding from Accept-Encoding (RFC 9110
// §12.5). Anything that cannot be understood counts as no wish. Thread-safe.
#pragma once

#include <cstdint>
#include <string_view>

namespace ceems::exposition {

enum class Format : std::uint8_t {
  kText,               // the fallback
  kDelimitedProtobuf,  // io.prometheus.client.MetricFamily messages, each after its length
};

Format negotiate_format(std::string_view accept);
std::string_view content_type(Format format);

// Whether gzip is named with a weight above 0.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace ceems::exposition
