#include "manager/openstack_session.h"

#include "base/text.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace ceems::manager {

namespace {

constexpr std::string_view kVersionField = "X-OpenStack-Nova-API-Version";
constexpr std::chrono::minutes kUsualLifetime{60};
// A token is renewed when a twelfth of its life is left: five minutes of an hour.
constexpr int kPartLeft = 12;
constexpr std::size_t kPageSize = 1000;
constexpr std::size_t kMaxPages = 20'000;

config::HttpClientConfig with_url(config::HttpClientConfig web, std::string url) {
  web.url = std::move(url);
  return web;
}

// Keystone's URL is configured without the version, or with it.
std::string without_version(std::string url) {
  while (url.ends_with('/'))
    url.pop_back();
  if (url.ends_with("/v3")) url.resize(url.size() - 3);
  return url;
}

bool names_version(const config::HttpClientConfig& web) {
  return std::ranges::any_of(web.headers, [](const config::ExtraHeader& header) {
    return base::equals_ignoring_case(header.name, kVersionField) ||
           base::equals_ignoring_case(header.name, "OpenStack-API-Version");
  });
}

}  // namespace

base::Result<std::unique_ptr<OpenstackSession>> OpenstackSession::create(
    const ClusterSettings& settings, const MakeTransport& make_transport) {
  CEEMS_TRY(Rest nova, Rest::create({.web = with_url(settings.web, settings.openstack.compute_url),
                                     .timeout = settings.web_timeout,
                                     .make_transport = make_transport}));
  CEEMS_TRY(Rest keystone,
            Rest::create({.web = with_url(settings.web, without_version(settings.openstack.identity_url)),
                          .timeout = settings.web_timeout,
                          .make_transport = make_transport}));
  std::string version_field = names_version(settings.web) ? "" : std::string(kVersionField);
  return std::unique_ptr<OpenstackSession>(new OpenstackSession(
      std::move(nova), std::move(keystone), settings.openstack, std::move(version_field)));
}

OpenstackSession::OpenstackSession(Rest nova, Rest keystone, OpenstackSettings settings,
                                   std::string version_field)
    : nova_(std::move(nova)),
      keystone_(std::move(keystone)),
      settings_(std::move(settings)),
      version_field_(std::move(version_field)) {}

http::Request OpenstackSession::request() const {
  http::Request request;
  request.fields.set("Content-Type", "application/json");
  request.fields.set("Accept", "application/json");
  if (!version_field_.empty()) request.fields.set(version_field_, "latest");
  return request;
}

base::Result<std::string> OpenstackSession::new_token() {
  constexpr std::string_view kPath = "/v3/auth/tokens";
  http::Request post = request();
  post.method = "POST";
  post.body = R"({"auth":)" + settings_.auth + "}";
  post.idempotent = true;
  const auto asked_at = Clock::now();
  CEEMS_TRY(const http::Response response, keystone_.send(kPath, std::move(post)));
  if (response.status != 201) return keystone_.refused(kPath, response);
  const auto token = response.fields.find("X-Subject-Token");
  if (!token || token->empty())
    return base::fail(base::ErrorCode::kInvalid, keystone_.shown(kPath), "the answer has no token");
  std::chrono::milliseconds lifetime = kUsualLifetime;
  // Both times are Keystone's own: its clock need not be ours.
  if (const auto told = parse_token_lifetime(response.text())) lifetime = *told;
  renew_at_ = asked_at + lifetime - lifetime / kPartLeft;
  return std::string(*token);
}

base::Result<std::string> OpenstackSession::token(const std::string& refused) {
  const std::lock_guard lock(mutex_);
  const bool usable = !token_.empty() && token_ != refused && Clock::now() < renew_at_;
  if (!usable) {
    CEEMS_TRY(token_, new_token());
  }
  return token_;
}

base::Result<std::string> OpenstackSession::get(const Rest& service, std::string_view path) {
  std::string refused;
  for (bool again = false;; again = true) {
    CEEMS_TRY(std::string token, this->token(refused));
    http::Request get = request();
    get.fields.set("X-Auth-Token", token);
    CEEMS_TRY(const http::Response response, service.send(path, std::move(get)));
    if (response.status == 200) return std::string(response.text());
    if (response.status != 401 || again) return service.refused(path, response);
    refused = std::move(token);
  }
}

template <class T>
base::Result<std::vector<T>> OpenstackSession::nova_list(const std::string& path, const std::string& query,
                                                         base::Result<Page<T>> (*parse)(std::string_view)) {
  std::vector<T> all;
  std::set<std::string> ids;
  std::string marker;
  bool may_start_again = true;
  for (std::size_t pages = 0; pages < kMaxPages; ++pages) {
    std::string page_path = fmt::format("{}?{}{}limit={}", path, query, query.empty() ? "" : "&", kPageSize);
    if (!marker.empty()) page_path += "&marker=" + http::percent_encode(marker);
    const auto body = get(nova_, page_path);
    if (!body) {
      // The server that marks the place was deleted meanwhile.
      const bool lost = !marker.empty() && (body.error().code == base::ErrorCode::kInvalid ||
                                            body.error().code == base::ErrorCode::kNotFound);
      if (!lost || !may_start_again) return std::unexpected(body.error());
      may_start_again = false;
      all.clear();
      ids.clear();
      marker.clear();
      continue;
    }
    auto page = parse(*body);
    if (!page) return base::fail(page.error().code, nova_.shown(path), "{}", page.error().text());
    const bool more = !page->next.empty() && !page->elements.empty();
    if (more && ids.contains(page->elements.back().id))
      return base::fail(base::ErrorCode::kInvalid, nova_.shown(path), "the pages of the answer repeat");
    for (T& element : page->elements) {
      marker = element.id;
      if (ids.insert(element.id).second) all.push_back(std::move(element));
    }
    if (!more) return all;
  }
  return base::fail(base::ErrorCode::kTooLarge, nova_.shown(path), "the answer has no end");
}

base::Result<std::vector<NovaServer>> OpenstackSession::servers(const std::string& query) {
  return nova_list<NovaServer>("/servers/detail", query, parse_servers);
}

base::Result<std::vector<NovaFlavor>> OpenstackSession::flavors() {
  return nova_list<NovaFlavor>("/flavors/detail", "is_public=None", parse_flavors);
}

base::Result<std::vector<NovaAction>> OpenstackSession::actions(const std::string& server_id) {
  const std::string path = "/servers/" + http::percent_encode(server_id) + "/os-instance-actions";
  std::vector<NovaAction> all;
  std::set<std::string> markers;
  std::string marker;
  for (std::size_t pages = 0; pages < kMaxPages; ++pages) {
    std::string page_path = fmt::format("{}?limit={}", path, kPageSize);
    if (!marker.empty()) page_path += "&marker=" + http::percent_encode(marker);
    CEEMS_TRY(const std::string body, get(nova_, page_path));
    auto page = parse_actions(body);
    if (!page) return base::fail(page.error().code, nova_.shown(path), "{}", page.error().text());
    std::ranges::move(page->elements, std::back_inserter(all));
    if (page->next.empty() || page->elements.empty()) {
      std::ranges::sort(
          all, {}, [](const NovaAction& action) { return std::pair(action.start_ms, action.finish_ms); });
      return all;
    }
    marker = all.back().request_id;
    if (!markers.insert(marker).second)
      return base::fail(base::ErrorCode::kInvalid, nova_.shown(path), "the pages of the answer repeat");
  }
  return base::fail(base::ErrorCode::kTooLarge, nova_.shown(path), "the answer has no end");
}

base::Result<KeystoneName> OpenstackSession::name(std::string_view kind, const std::string& id) {
  const std::string path = fmt::format("/v3/{}s/{}", kind, http::percent_encode(id));
  CEEMS_TRY(const std::string body, get(keystone_, path));
  auto name = parse_keystone_name(body, kind);
  if (!name) return base::fail(name.error().code, keystone_.shown(path), "{}", name.error().text());
  return *std::move(name);
}

base::Result<Page<KeystoneName>> OpenstackSession::names(const std::string& path, std::string_view list) {
  Page<KeystoneName> all;
  std::set<std::string> ids;
  std::set<std::string> queries;
  std::string query;
  for (std::size_t pages = 0; pages < kMaxPages; ++pages) {
    CEEMS_TRY(const std::string body, get(keystone_, path + query));
    auto page = parse_keystone_names(body, list);
    if (!page) return base::fail(page.error().code, keystone_.shown(path), "{}", page.error().text());
    for (KeystoneName& name : page->elements)
      if (ids.insert(name.id).second) all.elements.push_back(std::move(name));
    all.truncated = all.truncated || page->truncated;
    // Of the link only the query: the host that it names may be another than the one we reach.
    const std::size_t mark = page->next.find('?');
    if (mark == std::string::npos || page->elements.empty()) return all;
    query = page->next.substr(mark);
    if (!queries.insert(query).second)
      return base::fail(base::ErrorCode::kInvalid, keystone_.shown(path), "the pages of the answer repeat");
  }
  return base::fail(base::ErrorCode::kTooLarge, keystone_.shown(path), "the answer has no end");
}

void OpenstackSession::cancel() const {
  nova_.cancel();
  keystone_.cancel();
}

}  // namespace ceems::manager
