// The format that a scraper wants, from its Accept field (RFC 9110 §12.5.1). Anything that cannot be
// understood counts as no wish. Thread-safe.
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

}  // namespace ceems::exposition
