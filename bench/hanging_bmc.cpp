#include "hanging_bmc.h"

#include "base/file.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace ceems::bench {

base::Result<HangingBmc> HangingBmc::make() {
  HangingBmc bmc;
  bmc.listener_ = base::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(bmc.listener_.get(), any, size) != 0 || ::listen(bmc.listener_.get(), 128) != 0 ||
      ::getsockname(bmc.listener_.get(), any, &size) != 0)
    return base::fail_errno(errno, "a socket for the management controller");
  bmc.configuration_ = fmt::format("/tmp/ceems-bench-redfish-{}.yml", ::getpid());
  CEEMS_TRY_VOID(base::write_file_atomically(
      bmc.configuration_,
      fmt::format("redfish_collector: {{protocol: http, hostname: 127.0.0.1, port: {}}}\n",
                  ntohs(address.sin_port)),
      0644));
  return bmc;
}

HangingBmc::~HangingBmc() {
  if (!configuration_.empty()) ::unlink(configuration_.c_str());
}

std::vector<std::string> HangingBmc::exporter_flags() const {
  return {"--collector.redfish", "--collector.redfish.config.file=" + configuration_, "--collector.ipmi",
          "--collector.ipmi.dcmi.cmd=/bin/sleep 3600"};
}

}  // namespace ceems::bench
