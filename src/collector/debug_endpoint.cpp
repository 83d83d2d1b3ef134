#include "collector/debug_endpoint.h"

#include "base/file.h"

#include <string>

namespace ceems::collector {

namespace {

bool is_loopback(std::string_view address) {
  return address == "::1" || address.starts_with("127.");
}

// Without the port: "localhost:9010" is localhost.
bool names_localhost(const http::Request& request) {
  const std::string_view host = request.fields.find("Host").value_or("");
  return host.substr(0, host.find(':')) == "localhost";
}

}  // namespace

http::Response handle_debug(const http::Request& request) {
  if (!is_loopback(request.peer_address) || !names_localhost(request))
    return http::text_response(404, "Not Found\n");
  if (request.method != "GET") return http::text_response(405, "Method Not Allowed\n");
  if (request.path() == kDebugIndex) return http::text_response(200, "cmdline\n");
  if (request.path() == "/debug/pprof/cmdline") {
    auto arguments = base::read_file("/proc/self/cmdline");
    if (!arguments) return http::text_response(500, arguments.error().text() + "\n");
    if (arguments->ends_with('\0')) arguments->pop_back();  // they are separated by NUL
    return http::text_response(200, *std::move(arguments));
  }
  return http::text_response(404, "Not Found\n");
}

}  // namespace ceems::collector
