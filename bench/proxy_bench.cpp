// What it costs to pass a request on, beside nginx in front of the same upstream: processor time, throughput,
// latency. Prints Markdown tables with small and large answers; the ratios are of one run, in which everybody
// takes turns.
//
//   proxy_bench [--requests N] [--connections N] [--rounds N] [--upstream-port PORT]
//               [--path PATH] [--header 'Name: value']... [--target NAME,PORT,PID]...
//
// PATH has "{}" where the word for the size of the answer goes, "small" or "large". A target is another proxy
// that is running already, in front of 127.0.0.1:PORT as given by --upstream-port:
//
//   proxy_bench --upstream-port 18090 --target ceems_lb,9030,$(pidof ceems_lb) --header 'X-Ceems-Cluster-Id:
//   c'
#include "base/file.h"
#include "base/text.h"
#include "http/server.h"
#include "http/upstream.h"
#include "request_load.h"
#include "sample.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace ceems::bench {
namespace {

constexpr std::size_t kSmallBody = 500;
constexpr std::size_t kLargeBody = std::size_t{1} << 20;
// One request of the large kind for so many small ones.
constexpr std::size_t kLargeShare = 50;

struct Target {
  std::string name;
  std::uint16_t port = 0;
  pid_t process = 0;
};

struct Settings {
  std::size_t requests = 20'000;
  std::size_t connections = 16;
  std::size_t rounds = 3;
  std::size_t upstream_port = 0;
  std::string path = "/api/v1/query?query={}";
  std::string headers;
  std::vector<Target> targets;
};

class Child {
 public:
  explicit Child(pid_t process) : process_(process) {}
  Child(Child&& other) noexcept : process_(std::exchange(other.process_, -1)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (process_ <= 0) return;
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
  }
  pid_t process() const { return process_; }

 private:
  pid_t process_;
};

http::ServerOptions server_options(std::size_t port) {
  http::ServerOptions options;
  options.listen_addresses = {fmt::format("127.0.0.1:{}", port)};
  options.max_connections = 10'000;
  options.idle_timeout = std::chrono::minutes(10);
  return options;
}

std::vector<http::Route> upstream_routes() {
  const auto small = std::make_shared<const std::string>(kSmallBody, 's');
  const auto large = std::make_shared<const std::string>(kLargeBody, 'l');
  http::Route route;
  route.path = "/…";
  route.quick = true;
  route.body_limit = std::size_t{1} << 20;
  route.handler = [small, large](const http::Request& request) {
    const bool is_large = (request.target + request.body).find("large") != std::string::npos;
    http::Response response;
    response.fields.add("Content-Type", "application/json");
    response.body = is_large ? large : small;
    return response;
  };
  return {route};
}

std::vector<http::Route> proxy_routes(std::uint16_t upstream_port) {
  http::UpstreamOptions options;
  options.url = fmt::format("http://127.0.0.1:{}", upstream_port);
  auto upstream = http::Upstream::create(std::move(options));
  if (!upstream) return {};
  http::Route route;
  route.path = "/…";
  route.decide = [upstream = *upstream](http::Request& request) -> http::Answer {
    http::Forward forward;
    forward.upstream = upstream;
    forward.method = request.method;
    forward.target = request.target;
    forward.fields = request.fields;
    forward.on_end = [](const http::Outcome&) {};
    return forward;
  };
  return {route};
}

// A server in a process of its own, so that its processor time can be told apart.
base::Result<Child> serve(std::size_t port, const std::function<std::vector<http::Route>()>& routes,
                          std::uint16_t& bound) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return base::fail_errno(errno, "pipe");
  const pid_t process = ::fork();
  if (process == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    auto server = http::Server::create(server_options(port), routes());
    if (!server) ::_exit(1);
    (*server)->start();
    const std::string address = (*server)->addresses().front();
    const auto number = static_cast<std::uint16_t>(
        base::parse_u64(std::string_view(address).substr(address.rfind(':') + 1)).value_or(0));
    if (::write(ends[1], &number, sizeof number) != sizeof number) ::_exit(1);
    while (true)
      ::pause();
  }
  ::close(ends[1]);
  const auto size = ::read(ends[0], &bound, sizeof bound);
  ::close(ends[0]);
  Child child(process);
  if (size != sizeof bound) return base::fail(base::ErrorCode::kUnavailable, "server", "does not start");
  return child;
}

std::uint16_t free_port() {
  const auto options = server_options(0);
  const auto probe = http::Server::create(options, {});
  if (!probe) return 0;
  const std::string address = (*probe)->addresses().front();
  return static_cast<std::uint16_t>(
      base::parse_u64(std::string_view(address).substr(address.rfind(':') + 1)).value_or(0));
}

std::string nginx_configuration(std::uint16_t port, std::uint16_t upstream_port,
                                const std::string& directory) {
  return fmt::format(
      R"(daemon off;
master_process off;
pid {2}/pid;
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {2}/body;
  proxy_temp_path {2}/proxy;
  fastcgi_temp_path {2}/fastcgi;
  uwsgi_temp_path {2}/uwsgi;
  scgi_temp_path {2}/scgi;
  keepalive_requests 100000000;
  upstream back {{ server 127.0.0.1:{1}; keepalive 64; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{0};
    location / {{
      proxy_pass http://back;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_buffer_size 16k;
      proxy_buffers 8 16k;
      proxy_max_temp_file_size 0;
    }}
  }}
}}
)",
      port, upstream_port, directory);
}

class Directory {
 public:
  Directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ceems-proxy-bench-XXXXXX").string();
    if (::mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

base::Result<Child> start_nginx(const Directory& directory, std::uint16_t port, std::uint16_t upstream_port) {
  const std::string file = directory.path() + "/nginx.conf";
  CEEMS_TRY_VOID(
      base::write_file_atomically(file, nginx_configuration(port, upstream_port, directory.path()), 0600));
  const pid_t process = ::fork();
  if (process == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execlp("nginx", "nginx", "-c", file.c_str(), "-p", directory.path().c_str(), nullptr);
    ::execl("/usr/sbin/nginx", "nginx", "-c", file.c_str(), "-p", directory.path().c_str(), nullptr);
    ::_exit(127);
  }
  return Child(process);
}

std::string request_for(const Settings& settings, std::string_view size) {
  return fmt::format(
      "GET {} HTTP/1.1\r\nHost: bench\r\nUser-Agent: proxy_bench\r\nAccept: */*\r\n"
      "Accept-Encoding: gzip\r\n{}\r\n",
      base::replace_all(settings.path, "{}", size), settings.headers);
}

base::Status wait_until_there(const Target& target, const Settings& settings) {
  constexpr int kAttempts = 3'000;  // who found the upstream away looks again after 20 s
  base::Result<LoadResult> answered;
  for (int i = 0; i < kAttempts; ++i) {
    answered = run_load({target.port, request_for(settings, "small"), 1, 1});
    if (answered) return {};
    ::usleep(10'000);
  }
  return base::wrap(std::move(answered).error(), target.name);
}

struct Row {
  std::vector<double> cpu_usec;  // per request, one for each round
  std::vector<double> rate;
  std::vector<double> median_usec;
  std::vector<double> p99_usec;
  std::vector<double> alone_usec;  // median with one connection
};

base::Status measure(const Target& target, const Settings& settings, std::string_view size,
                     std::size_t requests, Row& row) {
  const Load load{target.port, request_for(settings, size), settings.connections, requests};
  const double before = cpu_usec_of(target.process);
  CEEMS_TRY(const LoadResult result, run_load(load));
  const double spent = cpu_usec_of(target.process) - before;
  row.cpu_usec.push_back(spent / static_cast<double>(requests));
  row.rate.push_back(static_cast<double>(requests) / result.seconds);
  row.median_usec.push_back(median(result.latency_usec));
  row.p99_usec.push_back(percentile(result.latency_usec, 0.99));
  CEEMS_TRY(const LoadResult alone, run_load({target.port, load.request, 1, requests / 10 + 1}));
  row.alone_usec.push_back(median(alone.latency_usec));
  return {};
}

base::Status table(const std::vector<Target>& targets, const Settings& settings, std::string_view size,
                   std::size_t requests) {
  std::vector<Row> rows(targets.size());
  for (std::size_t round = 0; round < settings.rounds; ++round)
    for (std::size_t i = 0; i < targets.size(); ++i)
      CEEMS_TRY_VOID(measure(targets[i], settings, size, requests, rows[i]));
  fmt::print(
      "| {} answers, {} connections | processor time, µs/request | × nginx | requests/s | median µs | "
      "p99 µs | one at a time, median µs | added µs |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | "
      "---: |\n",
      size, settings.connections);
  // The first is the upstream without anybody between, the second nginx.
  const double floor = median(rows[1].cpu_usec);
  const double direct = median(rows[0].alone_usec);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const Row& row = rows[i];
    const double cpu = median(row.cpu_usec);
    fmt::print("| {} | {:.1f} | {} | {:.0f} | {:.0f} | {:.0f} | {:.0f} | {} |\n", targets[i].name, cpu,
               i == 0 ? "" : fmt::format("{:.2f}", cpu / floor), median(row.rate), median(row.median_usec),
               median(row.p99_usec), median(row.alone_usec),
               i == 0 ? "" : fmt::format("{:.0f}", median(row.alone_usec) - direct));
  }
  fmt::print("\n");
  return {};
}

base::Status run(const Settings& settings) {
  const Directory directory;
  std::uint16_t upstream_port = 0;
  CEEMS_TRY(const Child upstream, serve(settings.upstream_port, upstream_routes, upstream_port));
  std::uint16_t proxy_port = 0;
  CEEMS_TRY(const Child proxy, serve(0, [upstream_port] { return proxy_routes(upstream_port); }, proxy_port));
  const std::uint16_t nginx_port = free_port();
  CEEMS_TRY(const Child nginx, start_nginx(directory, nginx_port, upstream_port));
  std::vector<Target> targets = {{"the upstream itself", upstream_port, upstream.process()},
                                 {"nginx", nginx_port, nginx.process()},
                                 {"forwarding alone", proxy_port, proxy.process()}};
  targets.insert(targets.end(), settings.targets.begin(), settings.targets.end());
  for (const Target& target : targets)
    CEEMS_TRY_VOID(wait_until_there(target, settings));
  CEEMS_TRY_VOID(table(targets, settings, "small", settings.requests));
  return table(targets, settings, "large", settings.requests / kLargeShare + 1);
}

bool read_number(std::string_view text, std::size_t& number) {
  const auto value = base::parse_u64(text);
  if (!value || *value == 0) return false;
  number = static_cast<std::size_t>(*value);
  return true;
}

bool read_target(std::string_view text, std::vector<Target>& targets) {
  const auto parts = base::split(text, ',');
  std::size_t port = 0;
  std::size_t process = 0;
  if (parts.size() != 3 || !read_number(parts[1], port) || !read_number(parts[2], process) || port > 65535)
    return false;
  targets.push_back({std::string(parts[0]), static_cast<std::uint16_t>(port), static_cast<pid_t>(process)});
  return true;
}

bool read_option(std::string_view name, std::string_view value, Settings& settings) {
  if (name == "--requests") return read_number(value, settings.requests);
  if (name == "--connections") return read_number(value, settings.connections);
  if (name == "--rounds") return read_number(value, settings.rounds);
  if (name == "--upstream-port") return read_number(value, settings.upstream_port);
  if (name == "--target") return read_target(value, settings.targets);
  if (name == "--path") settings.path = value;
  if (name == "--header") settings.headers.append(value).append("\r\n");
  return name == "--path" || name == "--header";
}

}  // namespace
}  // namespace ceems::bench

int main(int count, char** words) {
  ceems::bench::Settings settings;
  for (int i = 1; i < count; i += 2) {
    if (i + 1 < count && ceems::bench::read_option(words[i], words[i + 1], settings)) continue;
    fmt::print(stderr,
               "usage: proxy_bench [--requests N] [--connections N] [--rounds N] [--upstream-port PORT] "
               "[--path PATH] [--header 'Name: value']... [--target NAME,PORT,PID]...\n");
    return 2;
  }
  if (const auto status = ceems::bench::run(settings); !status) {
    fmt::print(stderr, "{}\n", status.error().text());
    return 1;
  }
  return 0;
}
