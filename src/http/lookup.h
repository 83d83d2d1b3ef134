// Looking up a host in the background. getaddrinfo(3) can be neither bounded nor interrupted, so it runs in a
// thread that may be left behind: at most 32 of them at a time. Thread-safe.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "http/endpoint.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace ceems::http {

class Lookup {
 public:
  // kUnavailable when too many are under way: the name servers do not answer.
  static base::Result<std::shared_ptr<Lookup>> start(const std::string& host, std::uint16_t port);

  int fd() const { return done_.get(); }  // readable, from then on, once there is a result
  // What was found, or why nothing was; nothing while that is not known. Each caller gets it.
  std::optional<base::Result<Endpoints>> result() const;

  explicit Lookup(base::Fd done) : done_(std::move(done)) {}  // for start()

 private:
  const base::Fd done_;
  mutable std::mutex mutex_;
  std::optional<base::Result<Endpoints>> result_;  // guarded by mutex_
};

}  // namespace ceems::http
