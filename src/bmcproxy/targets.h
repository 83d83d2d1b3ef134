// Which BMC a request is for. Only BMCs that the configuration knows, or allows clients to name, are ever
// found; what a client named is not remembered. Immutable after construction; thread-safe.
#pragma once

#include "base/address_list.h"
#include "base/result.h"
#include "bmcproxy/settings.h"
#include "http/message.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::bmcproxy {

// "https://node7-bmc:443", the host in lower case and the port always present; with the path of the URL,
// without its last slash, if `with_path`, which otherwise has to be empty. kInvalid: not http or https,
// without a host, with a user, a query.
base::Result<std::string> canonical_target(std::string_view url, bool with_path);

class TargetRules {
 public:
  // kInvalid: a regular expression or a network that is none.
  static base::Result<TargetRules> create(const Settings& settings);
  ~TargetRules();
  TargetRules(TargetRules&&) noexcept;
  TargetRules& operator=(TargetRules&&) noexcept;

  // By the first of the addresses that has a BMC of its own, else by the X-Redfish-Url of the request.
  // kNotFound: neither tells; kPermission: the one that it names is not allowed; kInvalid: it names none.
  base::Result<std::string> find(const std::vector<std::string>& addresses, const http::Fields& fields) const;

 private:
  struct Named;  // compiled expressions

  TargetRules();
  bool allows(const std::string& target) const;

  std::map<std::string, std::string, std::less<>> by_client_;
  std::set<std::string, std::less<>> known_;  // all configured URLs
  std::unique_ptr<Named> named_;
};

}  // namespace ceems::bmcproxy
