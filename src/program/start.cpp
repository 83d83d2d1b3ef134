#include "program/start.h"

#include "base/host.h"
#include "base/log.h"
#include "base/version.h"

#include <fmt/format.h>

namespace ceems::program {

namespace {

void log_limit(const base::Result<base::DescriptorLimit>& limit) {
  const base::Logger log;
  if (limit) {
    log.info("file descriptors",
             {{"soft", base::limit_text(limit->soft)}, {"hard", base::limit_text(limit->hard)}});
  } else {
    log.warn("the limit of file descriptors is not known", {{"err", limit.error()}});
  }
}

}  // namespace

void log_start(std::string_view program) {
  const base::Logger log;
  const base::Version& version = base::version();
  log.info(fmt::format("starting {}", program), {{"version", base::version_info()}});
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

void raise_descriptor_limit() {
  log_limit(base::raise_descriptor_limit());
}

void log_descriptor_limit() {
  log_limit(base::descriptor_limit());
}

}  // namespace ceems::program
