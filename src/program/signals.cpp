#include "program/signals.h"

#include "base/log.h"

#include <pthread.h>

#include <cstring>

namespace ceems::program {

Signals::Signals(Reload reload) {
  ::sigemptyset(&set_);
  ::sigaddset(&set_, SIGINT);
  ::sigaddset(&set_, SIGTERM);
  if (reload == Reload::kYes) ::sigaddset(&set_, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

void Signals::wait(const std::function<void()>& reload) {
  int signal = 0;
  for (;;) {
    if (::sigwait(&set_, &signal) != 0) continue;
    if (signal != SIGHUP) break;
    if (reload) reload();
  }
  base::Logger().info("stopping", {{"signal", ::strsignal(signal)}});
  ::pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
}

}  // namespace ceems::program
