// The page that greets a browser: what this is, and links to what there is.
#pragma once

#include "http/message.h"

#include <string>
#include <vector>

namespace ceems::collector {

struct LandingLink {
  std::string address;  // relative or absolute path
  std::string text;
};

struct LandingPage {
  std::string name;         // "ceems_exporter"
  std::string description;  // one line
  std::string version;      // as base::version_info() gives it
  std::vector<LandingLink> links;
};

http::Response render_landing_page(const LandingPage& page);

}  // namespace ceems::collector
