#include "run.h"

#include "base/host.h"
#include "base/log.h"
#include "base/text.h"
#include "base/version.h"
#include "collectors.h"
#include "http/server.h"
#include "privileges.h"
#include "serving.h"

#include <malloc.h>
#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace ceems::exporter {

namespace {

constexpr std::chrono::milliseconds kStopGrace{5'000};
// More would let each thread keep freed memory of its own.
constexpr int kMallocArenas = 2;

// Blocks the signals that end the program, in this thread and in those that it starts.
sigset_t block_ending_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return signals;
}

void log_start() {
  const base::Logger log;
  const base::Version& version = base::version();
  log.info("starting ceems_exporter", {{"version", base::version_info()}});
  log.info("build context", {{"compiler", version.compiler},
                             {"platform", fmt::format("{}/{}", version.os, version.arch)},
                             {"user", version.build_user},
                             {"date", version.build_date}});
  const base::KernelInfo kernel = base::kernel_info();
  log.info("host", {{"system", kernel.system},
                    {"release", kernel.release},
                    {"version", kernel.version},
                    {"machine", kernel.machine},
                    {"node", kernel.node},
                    {"domain", kernel.domain}});
}

// Every unit costs descriptors: all that the limit allows are wanted.
void raise_limits() {
  const base::Logger log;
  const auto limit = base::raise_descriptor_limit();
  if (limit) {
    log.info("file descriptors",
             {{"soft", base::limit_text(limit->soft)}, {"hard", base::limit_text(limit->hard)}});
  } else {
    log.warn("cannot raise the limit of file descriptors", {{"err", limit.error()}});
  }
}

std::string hostname_label(const Options& options) {
  if (options.empty_hostname) return "";
  const char* given = std::getenv("NODE_NAME");
  if (given != nullptr && *given != '\0') return given;
  const auto name = base::host_name();
  if (!name)
    base::Logger().error("cannot get the host name: label hostname stays empty", {{"err", name.error()}});
  return name.value_or("");
}

void complete_node(Options& options) {
  options.node.hostname = hostname_label(options);
  options.node.comparable_output = options.empty_hostname;
}

void warn_about_former_names(const Options& options) {
  for (const auto& [former, now] : former_names_given(options))
    base::Logger().warn("a flag has another name now", {{"given", "--" + former}, {"use", "--" + now}});
}

void log_collectors(const std::vector<std::unique_ptr<collector::Collector>>& collectors) {
  std::vector<std::string> names;
  for (const auto& one : collectors) {
    names.emplace_back(one->name());
    for (const std::string_view other : one->names()) {
      if (other != one->name()) names.emplace_back(other);
    }
  }
  std::ranges::sort(names);
  for (const std::string& name : names)
    base::Logger().info("enabled collector", {{"collector", name}});
}

}  // namespace

int check(const Options& given) {
  Options options = given;
  complete_node(options);
  base::Status status;
  if (!options.web.config_file.empty()) status = http::check_web_config(options.web.config_file);
  if (status && !options.units.generic_config_file.empty())
    status = collector::check_generic_config(options.units.generic_config_file);
  if (status) {
    const auto collectors = make_collectors(options);
    if (!collectors) status = std::unexpected(collectors.error());
  }
  if (!status) {
    fmt::print(stderr, "{}\n", status.error().text());
    return 1;
  }
  fmt::print("configuration is valid\n");
  return 0;
}

base::Status run(Options options) {
  const base::Logger log;
  ::mallopt(M_ARENA_MAX, kMallocArenas);
  const sigset_t ending_signals = block_ending_signals();
  log_start();
  raise_limits();
  complete_node(options);
  warn_about_former_names(options);

  CEEMS_TRY(auto collectors, make_collectors(options));
  log_collectors(collectors);
  std::vector<base::CapabilityNeed> needs = capability_needs(collectors);
  CEEMS_TRY(FileAccess file_access, web_file_access(options, needs));
  CEEMS_TRY(const std::unique_ptr<Serving> serving, Serving::create(options, std::move(file_access)));
  CEEMS_TRY(const std::vector<base::MissingCapability> missing, drop(options.security, needs));
  serving->start(std::move(collectors), missing);
  for (const std::string& address : serving->addresses())
    log.info("listening", {{"address", address}});

  int signal = 0;
  ::sigwait(&ending_signals, &signal);
  log.info("stopping", {{"signal", ::strsignal(signal)}});
  // A second signal ends the program at once.
  ::pthread_sigmask(SIG_UNBLOCK, &ending_signals, nullptr);
  if (!serving->stop(kStopGrace)) {
    // Destructors would pull away what the stuck thread still uses.
    std::_Exit(EXIT_SUCCESS);
  }
  return {};
}

}  // namespace ceems::exporter
