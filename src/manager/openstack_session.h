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

  // Lists whole, page by page.
  // `query` of the first page, as "a=b&c=d". A page that begins with what was there before is kInvalid; a
  // place in the list that Nova has lost meanwhile is looked for once more from the start.
  base::Result<std::vector<NovaServer>> servers(const std::string& query);
  base::Result<std::vector<NovaFlavor>> flavors();
  // A server's history, in the order of the starts. kNotFound if Nova does not have it any more.
  base::Result<std::vector<NovaAction>> actions(const std::string& server_id);
  // `path` as "/v3/users", `list` as "users". `truncated` if Keystone keeps some to itself.
  base::Result<Page<KeystoneName>> names(const std::string& path, std::string_view list);
  // The one of that id; `kind` is "user" or "project".
  base::Result<KeystoneName> name(std::string_view kind, const std::string& id);

  void cancel() const;

 private:
  using Clock = std::chrono::steady_clock;
  OpenstackSession(Rest nova, Rest keystone, OpenstackSettings settings, std::string version_field);

  // The body of a 200; `path` with its query. Errors as Rest::refused().
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
