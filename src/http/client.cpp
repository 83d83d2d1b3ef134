#include "http/client.h"

#include "base/text.h"
#include "http/client_auth.h"
#include "http/client_tls.h"
#include "http/compression.h"
#include "http/connection_pool.h"
#include "http/connector.h"
#include "http/oauth2.h"
#include "http/proxy.h"
#include "http/redirect.h"
#include "http/write_head.h"

#include <algorithm>
#include <utility>

namespace ceems::http {

namespace {

using base::ErrorCode;

constexpr int kMaxRedirects = 10;
constexpr std::chrono::seconds kTlsTimeout{10};
constexpr std::size_t kMaxProxyAnswer = std::size_t{64} * 1024;

bool is_idempotent(const Request& request) {
  const std::string& method = request.method;
  return request.idempotent || method == "GET" || method == "HEAD" || method == "OPTIONS" ||
         method == "PUT" || method == "DELETE" || method == "TRACE";
}

// A URL that did not parse may still hold a password.
std::string without_userinfo(std::string_view text) {
  const auto at = text.rfind('@');
  const auto start = text.find("//");
  if (at == std::string_view::npos) return std::string(text);
  return (start < at ? std::string(text.substr(0, start + 2)) : "") + std::string(text.substr(at + 1));
}

std::string host_field(const Url& url) {
  std::string host = url.authority();
  const bool default_port =
      (url.scheme == "http" && url.port == 80) || (url.scheme == "https" && url.port == 443);
  if (default_port) host.resize(host.rfind(':'));
  return host;
}

// Bytes beyond ASCII are escaped; everything else was checked when the URL was parsed.
std::string wire_target(const Url& url) {
  std::string target;
  for (const char c : url.path) {
    if (static_cast<unsigned char>(c) < 0x80)
      target += c;
    else
      target += percent_encode({&c, 1});
  }
  return target;
}

// Shares the client's canceller: it may outlive the client.
class SwitchedStream final : public Stream {
 public:
  SwitchedStream(std::unique_ptr<ClientConnection> connection, std::shared_ptr<const Canceller> canceller)
      : connection_(std::move(connection)), canceller_(std::move(canceller)) {}
  base::Result<std::string> read(Deadline deadline) override {
    return connection_->read_some({deadline, canceller_.get()});
  }
  base::Status write(std::string_view bytes, Deadline deadline) override {
    return connection_->write(bytes, {deadline, canceller_.get()});
  }

 private:
  const std::unique_ptr<ClientConnection> connection_;
  const std::shared_ptr<const Canceller> canceller_;
};

}  // namespace

base::Result<Switched> Client::switch_protocol(std::string_view url, Request /*request*/) {
  return base::fail(ErrorCode::kInvalid, without_userinfo(url), "this client speaks HTTP only");
}

class PooledClient final : public Client {
 public:
  explicit PooledClient(ClientOptions options) : options_(std::move(options)), tls_(options_.config.tls) {}

  base::Status prepare() {
    CEEMS_TRY_VOID(tls_.load());
    CEEMS_TRY(proxies_, ProxyRules::create(options_.config));
    if (options_.config.oauth2) {
      CEEMS_TRY(tokens_, TokenSource::create(options_));
    }
    return {};
  }

  base::Result<Response> send(std::string_view url_text, Request request) override {
    auto url = parse_url(url_text);
    if (!url) return base::fail(ErrorCode::kInvalid, without_userinfo(url_text), "{}", url.error().message);
    const Patience patience = usual_patience();
    auto response = follow(*std::move(url), std::move(request), patience);
    return response;
  }

  base::Result<Switched> switch_protocol(std::string_view url_text, Request request) override {
    auto url = parse_url(url_text);
    if (!url) return base::fail(ErrorCode::kInvalid, without_userinfo(url_text), "{}", url.error().message);
    auto switched = ask_to_switch(*url, request, usual_patience());
    if (!switched) return blame(std::move(switched).error(), *url);
    if (switched->response.status == 401 && tokens_) tokens_->forget();
    return switched;
  }

  void cancel() override {
    canceller_->cancel();
    if (tokens_) tokens_->cancel();
  }

 private:
  Patience usual_patience() const {
    return {std::chrono::steady_clock::now() + options_.timeout, canceller_.get()};
  }

  base::Result<Switched> ask_to_switch(const Url& url, const Request& request, const Patience& patience) {
    CEEMS_TRY(const Fields fields, make_fields(url, request, true, false, std::nullopt));
    std::string head;
    append_request_head(head, "GET", wire_target(url), fields, 0);
    // A proxy understands no protocol but HTTP: it passes the bytes on.
    CEEMS_TRY(auto connection, connect(url, proxies_.proxy_for(url), true, patience));
    Switched switched;
    CEEMS_TRY(switched.response, connection->switch_protocol(head, options_.max_body_bytes, patience));
    if (switched.response.status == 101)
      switched.stream = std::make_unique<SwitchedStream>(std::move(connection), canceller_);
    return switched;
  }

  base::Result<Response> follow(Url url, Request request, const Patience& patience) {
    const Url origin = url;
    bool trusted = true;  // still where the credentials belong
    for (int hop = 0;; ++hop) {
      auto response = send_once(url, request, trusted, patience);
      if (!response) return blame(std::move(response).error(), url);
      if (response->status == 401 && trusted && tokens_) tokens_->forget();
      const auto location = response->fields.find("Location");
      if (!options_.config.follow_redirects || !is_redirect(response->status) || !location) return response;
      if (hop == kMaxRedirects)
        return base::fail(ErrorCode::kUnavailable, origin.redacted(), "more than {} redirects",
                          kMaxRedirects);
      auto next = resolve_location(url, *location);
      if (!next) return blame(std::move(next).error(), url);
      const bool leaves = !same_origin(url, *next);
      redirect_request(request, response->status, leaves);
      // Once away, coming back does not restore trust: another server has chosen the path.
      trusted = trusted && !leaves;
      url = *std::move(next);
    }
  }

  static std::unexpected<base::Error> blame(base::Error error, const Url& url) {
    if (error.subject.empty()) error.subject = url.redacted();
    return std::unexpected(std::move(error));
  }

  base::Result<Response> send_once(const Url& url, const Request& request, bool trusted,
                                   const Patience& patience) {
    const std::optional<Url> proxy = proxies_.proxy_for(url);
    const bool tunnel = proxy && url.scheme == "https";
    const bool decodes = options_.accept_gzip && !request.fields.find("Accept-Encoding");
    CEEMS_TRY(const Fields fields,
              make_fields(url, request, trusted, decodes, tunnel ? std::nullopt : proxy));
    std::string target = wire_target(url);
    if (proxy && !tunnel) target = "http://" + host_field(url) + target;
    if (!is_token(request.method))
      return base::fail(ErrorCode::kInvalid, "", "a method that is no HTTP token");
    std::string head;
    append_request_head(head, request.method, target, fields, request.body.size());

    const std::string key =
        fmt::format("{}://{}|{}", url.scheme, url.scheme == "unix" ? url.host : url.authority(),
                    proxy ? proxy->authority() : "");
    CEEMS_TRY(Response response, exchange(key, url, proxy, head, request, patience));
    if (decodes) CEEMS_TRY_VOID(decode(response));
    return response;
  }

  base::Result<Response> exchange(const std::string& key, const Url& url, const std::optional<Url>& proxy,
                                  const std::string& head, const Request& request, const Patience& patience) {
    if (auto kept = pool_.take(key)) {
      auto response = kept->exchange(head, request.body, request.method, options_.max_body_bytes, patience);
      if (response) pool_.keep(key, std::move(kept));
      const bool stale =
          !response && response.error().code == ErrorCode::kUnavailable && !kept->response_begun();
      if (!stale || !is_idempotent(request)) return response;
    }
    CEEMS_TRY(auto fresh, connect(url, proxy, url.scheme == "https", patience));
    auto response = fresh->exchange(head, request.body, request.method, options_.max_body_bytes, patience);
    if (response) pool_.keep(key, std::move(fresh));
    return response;
  }

  base::Result<std::unique_ptr<ClientConnection>> connect(const Url& url, const std::optional<Url>& proxy,
                                                          bool tunnel, const Patience& patience) {
    const Patience brief = patience.at_most(options_.connect_timeout);
    const Url& peer = proxy ? *proxy : url;
    CEEMS_TRY(base::Fd fd, url.scheme == "unix" ? connect_to_unix(url.host, brief)
                                                : connect_to_host(peer.host, peer.port, brief));
    auto connection = std::make_unique<ClientConnection>(std::move(fd));
    if (proxy && tunnel) CEEMS_TRY_VOID(open_tunnel(*connection, url, *proxy, patience));
    if (url.scheme != "https") return connection;
    CEEMS_TRY(SslPtr session, tls_.session(url.host));
    CEEMS_TRY_VOID(connection->start_tls(std::move(session), patience.at_most(kTlsTimeout)));
    return connection;
  }

  base::Status open_tunnel(ClientConnection& connection, const Url& url, const Url& proxy,
                           const Patience& patience) {
    Fields fields;
    fields.add("Host", url.authority());
    if (!options_.user_agent.empty()) fields.add("User-Agent", options_.user_agent);
    add_proxy_authorization(proxy, fields);
    for (const auto& [name, values] : options_.config.proxy_connect_headers)
      for (const std::string& value : values)
        fields.add(name, value);
    std::string head;
    append_request_head(head, "CONNECT", url.authority(), fields, 0);
    CEEMS_TRY(const Response response, connection.exchange(head, "", "CONNECT", kMaxProxyAnswer, patience));
    if (response.status < 200 || response.status > 299)
      return base::fail(ErrorCode::kUnavailable, "", "the proxy refused the connection with status {}",
                        response.status);
    return {};
  }

  static void add_proxy_authorization(const Url& proxy, Fields& fields) {
    if (!proxy.user.empty())
      fields.set("Proxy-Authorization", basic_authorization(proxy.user, proxy.password));
  }

  base::Result<Fields> make_fields(const Url& url, const Request& request, bool trusted, bool decodes,
                                   const std::optional<Url>& plain_proxy) {
    Fields fields;
    if (!request.fields.find("Host")) fields.add("Host", host_field(url));
    if (!options_.user_agent.empty() && !request.fields.find("User-Agent"))
      fields.add("User-Agent", options_.user_agent);
    for (const auto& [name, value] : request.fields.entries()) {
      if (!is_token(name) || !is_field_value(value))
        return base::fail(ErrorCode::kInvalid, "", "a header field that HTTP does not allow");
      // Framing is ours.
      if (base::equals_ignoring_case(name, "Content-Length") ||
          base::equals_ignoring_case(name, "Transfer-Encoding"))
        continue;
      fields.add(name, value);
    }
    if (decodes) fields.add("Accept-Encoding", "gzip");
    if (plain_proxy) add_proxy_authorization(*plain_proxy, fields);
    if (!trusted) return fields;
    CEEMS_TRY_VOID(add_extra_headers(options_.config, fields));
    if (fields.find("Authorization")) return fields;
    CEEMS_TRY(std::string authorization, configured_authorization(options_.config));
    if (tokens_) {
      CEEMS_TRY(authorization, tokens_->authorization());
    }
    if (authorization.empty() && (!url.user.empty() || !url.password.empty()))
      authorization = basic_authorization(url.user, url.password);
    if (!authorization.empty()) fields.add("Authorization", std::move(authorization));
    return fields;
  }

  base::Status decode(Response& response) const {
    const auto coding = response.fields.find("Content-Encoding");
    if (!coding || !base::equals_ignoring_case(*coding, "gzip") || response.text().empty()) return {};
    CEEMS_TRY(std::string decoded, gunzip(response.text(), options_.max_body_bytes));
    response.body = std::move(decoded);
    response.fields.remove("Content-Encoding");
    response.fields.remove("Content-Length");
    return {};
  }

  const ClientOptions options_;
  const std::shared_ptr<Canceller> canceller_ = std::make_shared<Canceller>();
  ClientTls tls_;
  ProxyRules proxies_;
  ConnectionPool pool_;
  std::unique_ptr<TokenSource> tokens_;  // null unless oauth2 is configured
};

base::Result<std::unique_ptr<Client>> Client::create(ClientOptions options) {
  auto client = std::make_unique<PooledClient>(std::move(options));
  CEEMS_TRY_VOID(client->prepare());
  return client;
}

}  // namespace ceems::http
