// The page in the delimited protobuf format, for clients that prefer it: each family as one
// io.prometheus.client.MetricFamily message after its length as a varint.
//
// Format: https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto and
// https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <string>
#include <string_view>

namespace ceems::exposition {

// `page` as PageBuilder makes it. Lines of another shape are left out. Thread-safe.
std::string encode_protobuf(std::string_view page);

}  // namespace ceems::exposition
