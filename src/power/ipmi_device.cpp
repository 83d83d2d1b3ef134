#include "base/file.h"
#include "power/ipmi_transport.h"

#include <fcntl.h>
#include <linux/ipmi.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace ceems::power {

namespace {

using Clock = std::chrono::steady_clock;

class IpmiDevice final : public IpmiTransport {
 public:
  IpmiDevice(IpmiDeviceOptions options, OpenFile open_file)
      : options_(std::move(options)), open_file_(std::move(open_file)) {
    (void)open();
  }

  base::Result<IpmiBytes> ask(const IpmiRequest& request) override {
    CEEMS_TRY_VOID(open());
    auto answer = exchange(request);
    // A device that vanished may come back as another one.
    if (!answer && answer.error().code != base::ErrorCode::kTimeout) device_.reset();
    return answer;
  }

 private:
  base::Status open() {
    if (device_) return {};
    base::Error last{base::ErrorCode::kNoData, "no IPMI device", options_.directory};
    for (const char* const form : {"ipmi{}", "ipmi/{}", "ipmidev/{}"}) {
      const std::string path =
          base::join_path(options_.directory, fmt::format(fmt::runtime(form), options_.number));
      auto opened = open_file_(path);
      if (opened) {
        device_ = *std::move(opened);
        path_ = path;
        return {};
      }
      const base::ErrorCode code = opened.error().code;
      if (code != base::ErrorCode::kNotFound && code != base::ErrorCode::kGone) last = opened.error();
    }
    return std::unexpected(std::move(last));
  }

  base::Result<IpmiBytes> exchange(const IpmiRequest& request) {
    ipmi_system_interface_addr address{};
    address.addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE;
    address.channel = IPMI_BMC_CHANNEL;
    address.lun = request.lun;
    IpmiBytes data = request.data;
    ipmi_req message{};
    message.addr = reinterpret_cast<unsigned char*>(&address);
    message.addr_len = sizeof address;
    message.msgid = ++last_id_;
    message.msg.netfn = request.net_function;
    message.msg.cmd = request.command;
    message.msg.data = data.data();
    message.msg.data_len = static_cast<unsigned short>(data.size());
    if (::ioctl(device_.get(), IPMICTL_SEND_COMMAND, &message) != 0) return base::fail_errno(errno, path_);
    const Clock::time_point deadline = Clock::now() + options_.timeout;
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
      pollfd waiting{device_.get(), POLLIN, 0};
      const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
      if (ready < 0 && errno == EINTR) continue;
      if (ready < 0) return base::fail_errno(errno, path_);
      if (ready == 0) return base::fail(base::ErrorCode::kTimeout, path_, "no answer");
      CEEMS_TRY(auto answer, receive());
      if (!answer.empty()) return answer;
    }
  }

  // Empty for what is not the answer to the last request: a late one, an event.
  base::Result<IpmiBytes> receive() {
    std::array<std::uint8_t, 1024> buffer{};
    ipmi_addr sender{};
    ipmi_recv received{};
    received.addr = reinterpret_cast<unsigned char*>(&sender);
    received.addr_len = sizeof sender;
    received.msg.data = buffer.data();
    received.msg.data_len = buffer.size();
    if (::ioctl(device_.get(), IPMICTL_RECEIVE_MSG_TRUNC, &received) != 0) {
      if (errno == EAGAIN || errno == EINTR || errno == EMSGSIZE) return IpmiBytes{};
      return base::fail_errno(errno, path_);
    }
    if (received.recv_type != IPMI_RESPONSE_RECV_TYPE || received.msgid != last_id_) return IpmiBytes{};
    const std::size_t size = std::min<std::size_t>(received.msg.data_len, buffer.size());
    return IpmiBytes(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
  }

  const IpmiDeviceOptions options_;
  const OpenFile open_file_;
  base::Fd device_;
  std::string path_;
  long last_id_ = 0;
};

}  // namespace

base::Result<IpmiBytes> ask_successfully(IpmiTransport& transport, const IpmiRequest& request) {
  CEEMS_TRY(IpmiBytes answer, transport.ask(request));
  if (answer.front() != 0)
    return base::fail(base::ErrorCode::kUnavailable, "BMC",
                      "command {:#04x}/{:#04x} was answered with completion code {:#04x}",
                      request.net_function, request.command, answer.front());
  answer.erase(answer.begin());
  return answer;
}

std::unique_ptr<IpmiTransport> make_ipmi_device(IpmiDeviceOptions options, OpenFile open_file) {
  return std::make_unique<IpmiDevice>(std::move(options), std::move(open_file));
}

}  // namespace ceems::power
