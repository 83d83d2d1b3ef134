#include "http/lookup.h"

#include "base/quiet_thread.h"

#include <sys/eventfd.h>

#include <atomic>
#include <cerrno>
#include <thread>
#include <utility>

namespace ceems::http {

namespace {

constexpr int kMaxLookups = 32;
std::atomic<int> running_lookups = 0;

}  // namespace

base::Result<std::shared_ptr<Lookup>> Lookup::start(const std::string& host, std::uint16_t port) {
  base::Fd done(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!done) return base::fail_errno(errno, "eventfd");
  auto lookup = std::make_shared<Lookup>(std::move(done));
  if (running_lookups.fetch_add(1) >= kMaxLookups) {
    running_lookups.fetch_sub(1);
    return base::fail(base::ErrorCode::kUnavailable, "", "cannot resolve {}: name servers do not answer",
                      host);
  }
  base::Result<std::thread> thread = base::quiet_thread("http-resolver", [lookup, host, port] {
    auto result = resolve_now(host, port, false);
    {
      const std::lock_guard lock(lookup->mutex_);
      lookup->result_ = std::move(result);
    }
    running_lookups.fetch_sub(1);
    static_cast<void>(::eventfd_write(lookup->done_.get(), 1));
  });
  if (!thread) {
    running_lookups.fetch_sub(1);
    return std::unexpected(thread.error());
  }
  thread->detach();
  return lookup;
}

std::optional<base::Result<Endpoints>> Lookup::result() const {
  const std::lock_guard lock(mutex_);
  return result_;
}

}  // namespace ceems::http
