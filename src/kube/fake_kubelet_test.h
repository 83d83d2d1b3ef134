// Somebody who listens on a kubelet's socket and sends whatever a test says, to whoever comes. For tests of
// this room.
#pragma once

#include "base/fd.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace ceems::kube::testing {

class FakeKubelet {
 public:
  FakeKubelet() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ceems-kubelet-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    listen_ = base::Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket().c_str(), sizeof address.sun_path - 1);
    if (::bind(listen_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listen_.get(), 8) != 0)
      std::abort();
    thread_ = std::thread([this] { run(); });
  }
  FakeKubelet(const FakeKubelet&) = delete;
  FakeKubelet& operator=(const FakeKubelet&) = delete;
  ~FakeKubelet() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(stop_.get(), &one, sizeof one);
    thread_.join();
    std::filesystem::remove_all(directory_);
  }

  std::string socket() const { return directory_ + "/kubelet.sock"; }
  // From now on, to the n-th caller since then, counted from 0.
  void answer(std::function<std::string(int)> next, bool keeps_open = false) {
    const std::lock_guard lock(mutex_);
    next_ = std::move(next);
    keeps_open_ = keeps_open;
    calls_ = 0;
  }
  int calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  void run() {
    while (wait(listen_.get())) {
      const base::Fd peer(::accept4(listen_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      std::array<char, 4096> bytes;
      (void)::recv(peer.get(), bytes.data(), bytes.size(), 0);
      std::string text;
      bool keeps_open = false;
      {
        const std::lock_guard lock(mutex_);
        if (next_) text = next_(calls_);
        ++calls_;
        keeps_open = keeps_open_;
      }
      (void)::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL);
      // Until the caller hangs up.
      while (keeps_open && wait(peer.get()) && ::recv(peer.get(), bytes.data(), bytes.size(), 0) > 0) {
      }
    }
  }
  // False when it is to end.
  bool wait(int fd) const {
    std::array<pollfd, 2> fds{pollfd{.fd = stop_.get(), .events = POLLIN, .revents = 0},
                              pollfd{.fd = fd, .events = POLLIN, .revents = 0}};
    ::poll(fds.data(), fds.size(), -1);
    return fds[0].revents == 0;
  }

  std::string directory_;
  base::Fd listen_;
  base::Fd stop_{::eventfd(0, EFD_CLOEXEC)};
  mutable std::mutex mutex_;
  std::function<std::string(int)> next_;  // guarded by mutex_, like what follows
  bool keeps_open_ = false;
  int calls_ = 0;
  std::thread thread_;
};

}  // namespace ceems::kube::testing
