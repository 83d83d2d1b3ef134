// Requests to the Redfish service of one BMC, under a session of ours, with basic authentication, or without.
// Not thread-safe.
#pragma once

#include "base/result.h"
#include "http/client.h"
#include "power/redfish_config.h"

#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace ceems::power {

class RedfishSession {
 public:
  RedfishSession(RedfishConfig config, std::unique_ptr<http::Client> client);
  ~RedfishSession();  // as end()
  RedfishSession(const RedfishSession&) = delete;
  RedfishSession& operator=(const RedfishSession&) = delete;

  // Which BMC: "node7-bmc". A session with another one ends.
  void contact(std::string_view host);
  const std::string& target() const { return target_; }

  // The link of the collection of sessions, as the service root has it; logs in there if there is no session.
  base::Status begin(const std::string& sessions);
  // Without credentials.
  base::Result<std::string> get_openly(const std::string& path);
  // Logs in again once if the session has ended. kPermission: refused; kNotFound; kUnavailable: any other
  // status; or as http::Client.
  base::Result<std::string> get(const std::string& path);
  // Tells the BMC, which has room for few sessions, that ours has ended.
  void end();

 private:
  base::Result<http::Response> send(std::string_view method, const std::string& path, std::string body,
                                    bool authenticated);
  base::Status log_in();
  void forget_session();

  const RedfishConfig config_;
  const std::unique_ptr<http::Client> client_;
  std::string target_;
  std::string sessions_;
  std::string token_;                // secret
  std::string session_;              // link of ours
  std::set<std::string> forbidden_;  // to this account
};

}  // namespace ceems::power
