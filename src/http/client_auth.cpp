#include "http/client_auth.h"

#include "base/file.h"
#include "base/text.h"
#include "http/password.h"

namespace ceems::http {

std::string basic_authorization(std::string_view user, std::string_view password) {
  return "Basic " + base64_encode(std::string(user) + ":" + std::string(password));
}

base::Result<std::string> configured_authorization(const config::HttpClientConfig& config) {
  if (config.has_basic_auth) {
    std::string user = config.basic_username;
    if (!config.basic_username_file.empty()) {
      CEEMS_TRY(const std::string text, base::read_file(config.basic_username_file));
      user = base::trim(text);
    }
    std::string password;
    if (!config.basic_password.empty()) {
      CEEMS_TRY(password, config.basic_password.read());
    }
    return basic_authorization(user, password);
  }
  if (config.authorization_type.empty() || config.authorization_credentials.empty()) return "";
  CEEMS_TRY(const std::string credentials, config.authorization_credentials.read());
  return config.authorization_type + " " + credentials;
}

base::Status add_extra_headers(const config::HttpClientConfig& config, Fields& fields) {
  for (const config::ExtraHeader& header : config.headers) {
    for (const std::string& value : header.values)
      fields.add(header.name, value);
    for (const std::string& secret : header.secrets)
      fields.add(header.name, secret);
    for (const std::string& file : header.files) {
      CEEMS_TRY(const std::string text, base::read_file(file));
      fields.add(header.name, std::string(base::trim(text)));
    }
  }
  return {};
}

}  // namespace ceems::http
