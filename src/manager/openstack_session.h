// OpenStack's services behind one token: obtained when it is first needed, renewed before it ends and when a
// service refuses it. Thread-safe.
#pragma once

#include "base/result.h"
#include "manager/openstack_answers.h"
#include "manager/rest.h"
#include "manager/settings.h"

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::manager {

class OpenstackSession {
 public:
  static base::Result<std::unique_ptr<OpenstackSession>> create(const ClusterSettings& settings,
                                                                const MakeTransport& make_transport);

  // The body of a 200; `path` with its query. Errors as Rest::refused().
  base::Result<std::string> nova(std::string_view path);
  base::Result<std::string> keystone(std::string_view path);

  // Lists whole, page by page.
  // `query` of the first page, as "a=b&c=d". A page that begins with what was there before is kInvalid; a
  // place in the list that Nova has lost meanwhile is looked for once more from the start.
  base::Result<std::vector<NovaServer>> servers(const std::string& query);
  base::Result<std::vector<NovaFlavor>> flavors();
  // `path` as "/v3/users", `list` as "users".
  base::Result<std::vector<KeystoneName>> names(const std::string& path, std::string_view list);

  std::string shown_nova(std::string_view path) const { return nova_.shown(path); }
  void cancel() const;

 private:
  using Clock = std::chrono::steady_clock;
  OpenstackSession(Rest nova, Rest keystone, OpenstackSettings settings, std::string version_field);

  base::Result<std::string> get(const Rest& service, std::string_view path);
  // The token; a fresh one if it is `refused`, or too old.
  base::Result<std::string> token(const std::string& refused);
  base::Result<std::string> new_token();
  http::Request request() const;
  template <class T>
  base::Result<std::vector<T>> nova_list(const std::string& path, const std::string& query,
                                         base::Result<Page<T>> (*parse)(std::string_view));

  Rest nova_;
  Rest keystone_;
  OpenstackSettings settings_;
  std::string version_field_;  // sent with each request; "" if the configuration has its own
  std::mutex mutex_;
  std::string token_;           // guarded by mutex_
  Clock::time_point renew_at_;  // guarded by mutex_
};

}  // namespace ceems::manager
