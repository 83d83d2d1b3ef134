// What the API is, as OpenAPI 3.0 (https://spec.openapis.org/oas/v3.0.3) and as a page for people, made from
// the table of its routes. Pure functions.
#pragma once

#include <string>

namespace ceems::api {

struct DocumentOptions {
  std::string api_root = "/api/v1";  // path of the routes
  std::string external_url{};        // under which users reach the server; "": where the document came from
  std::string user_header = "X-Grafana-User";
};

std::string openapi_document(const DocumentOptions& options);

// HTML that needs nothing else, with a link to doc.json beside it.
std::string openapi_page(const DocumentOptions& options);

}  // namespace ceems::api
