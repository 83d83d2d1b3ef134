// /debug/pprof/: what there is of the paths that Go programs have for their developers: the index and the
// command line. Only for clients on this machine that also call it "localhost": the address keeps strangers
// out, the name web pages that a local browser was lured into loading.
#pragma once

#include "http/message.h"

#include <string_view>

namespace ceems::collector {

inline constexpr std::string_view kDebugPrefix = "/debug/";
inline constexpr std::string_view kDebugIndex = "/debug/pprof/";

http::Response handle_debug(const http::Request& request);

}  // namespace ceems::collector
