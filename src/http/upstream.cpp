#include "http/upstream.h"

#include "http/client_auth.h"
#include "http/proxy.h"
#include "http/upstream_state.h"

#include <atomic>
#include <utility>

namespace ceems::http {

namespace {

std::uint64_t next_id() {
  static std::atomic<std::uint64_t> last = 0;
  return ++last;
}

std::string host_field_of(const Url& url) {
  std::string host = url.authority();
  const bool default_port =
      (url.scheme == "http" && url.port == 80) || (url.scheme == "https" && url.port == 443);
  if (default_port) host.resize(host.rfind(':'));
  return host;
}

// What the URL parser lets through and a request line may not hold.
std::string escape_for_target(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x80)
      escaped += c;
    else
      escaped += percent_encode({&c, 1});
  }
  return escaped;
}

}  // namespace

std::string UpstreamState::target_for(std::string_view target) const {
  std::string full;
  full.reserve(base_path.size() + base_query.size() + target.size() + 2);
  const bool to_proxy = proxy && url.scheme == "http";
  if (to_proxy) full.append("http://").append(host_field);
  full += base_path;
  if (!target.starts_with('/') && target != "*") full += '/';
  const auto mark = target.find('?');
  full += target.substr(0, mark);
  const std::string_view query = mark == std::string_view::npos ? "" : target.substr(mark + 1);
  if (mark != std::string_view::npos || !base_query.empty()) full += '?';
  full += base_query;
  if (!base_query.empty() && !query.empty()) full += '&';
  full += query;
  return full;
}

std::vector<std::string> UpstreamState::credential_files() const {
  const config::HttpClientConfig& config = options.config;
  std::vector<std::string> files;
  for (const std::string* file :
       {&config.basic_username_file, &config.basic_password.file, &config.authorization_credentials.file})
    if (!file->empty()) files.push_back(*file);
  for (const config::ExtraHeader& header : config.headers)
    files.insert(files.end(), header.files.begin(), header.files.end());
  return files;
}

base::Result<std::shared_ptr<const Fields>> UpstreamState::read_credentials() const {
  Fields fields;
  CEEMS_TRY_VOID(add_extra_headers(options.config, fields));
  if (!fields.find("Authorization") && !options.config.oauth2) {
    CEEMS_TRY(std::string authorization, configured_authorization(options.config));
    if (authorization.empty() && (!url.user.empty() || !url.password.empty()))
      authorization = basic_authorization(url.user, url.password);
    if (!authorization.empty()) fields.add("Authorization", std::move(authorization));
  }
  if (proxy && url.scheme == "http" && !proxy->user.empty())
    fields.set("Proxy-Authorization", basic_authorization(proxy->user, proxy->password));
  return std::make_shared<const Fields>(std::move(fields));
}

base::Result<std::shared_ptr<const Fields>> UpstreamState::credentials() {
  const std::lock_guard lock(mutex_);
  // Taken before the files are read: a file that changes in between is read again.
  std::vector<FileStamp> stamps;
  for (const std::string& file : credential_files())
    stamps.push_back(stamp_of(file));
  if (credentials_ && stamps == stamps_) return credentials_;
  credentials_ = nullptr;
  CEEMS_TRY(credentials_, read_credentials());
  stamps_ = std::move(stamps);
  return credentials_;
}

base::Result<std::shared_ptr<const Upstream>> Upstream::create(UpstreamOptions options) {
  // The text of a URL that did not parse may hold a password: it is not repeated.
  auto url = parse_url(options.url);
  if (!url) return base::fail(base::ErrorCode::kInvalid, "url", "{}", url.error().message);
  auto state = std::make_unique<UpstreamState>(std::move(options));
  state->id = next_id();
  state->url = *std::move(url);
  const Url& parsed = state->url;
  state->redacted = parsed.redacted();
  state->name = parsed.scheme == "unix" ? "unix:" + parsed.host : parsed.authority();
  state->host_field = host_field_of(parsed);
  const auto mark = parsed.path.find('?');
  state->base_path = escape_for_target(std::string_view(parsed.path).substr(0, mark));
  while (state->base_path.ends_with('/'))
    state->base_path.pop_back();
  if (mark != std::string::npos) state->base_query = escape_for_target(parsed.path.substr(mark + 1));

  const config::HttpClientConfig& config = state->options.config;
  CEEMS_TRY(const ProxyRules rules, ProxyRules::create(config));
  state->proxy = rules.proxy_for(parsed);
  CEEMS_TRY_VOID(state->tls.load());
  // The system's authorities take milliseconds: not when the first request comes.
  if (parsed.scheme == "https") CEEMS_TRY_VOID(state->tls.session(parsed.host));
  if (config.oauth2) {
    ClientOptions client;
    client.config = config;
    client.user_agent = state->options.user_agent.value_or("");
    client.connect_timeout = state->options.connect_timeout;
    CEEMS_TRY(state->tokens, TokenSource::create(client));
  }
  return std::make_shared<const Upstream>(std::move(state));
}

Upstream::Upstream(std::unique_ptr<UpstreamState> state) : state_(std::move(state)) {}
Upstream::~Upstream() = default;

const std::string& Upstream::name() const {
  return state_->name;
}
const std::string& Upstream::url() const {
  return state_->redacted;
}

}  // namespace ceems::http
