// extra_config of a cluster whose manager is "openstack".
#pragma once

#include "base/result.h"
#include "config/yaml.h"

#include <string>

namespace ceems::manager {

struct OpenstackSettings {
  std::string compute_url{};   // with the API's version: https://cloud.example/compute/v2.1
  std::string identity_url{};  // Keystone; without /v3, or with it
  std::string auth{};          // what a token request has as `auth`: a JSON object, with secrets
};

// All three are required. Every scalar of `auth` becomes a text, as Keystone wants ids, names and passwords
// to be, except system.all, which is true or false.
base::Result<OpenstackSettings> read_openstack(const config::Node& extra);

}  // namespace ceems::manager
