// TLS sessions of the client. Certificates are read when it is made (the system's authorities, with the first
// session) and again when their files have changed. Thread-safe.
#pragma once

#include "base/log.h"
#include "base/result.h"
#include "config/http_client.h"
#include "http/file_stamp.h"
#include "http/tls_context.h"
#include "http/transport.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace ceems::http {

class ClientTls {
 public:
  explicit ClientTls(config::ClientTlsConfig config) : config_(std::move(config)) {}
  // Reads what the configuration names; errors name the file.
  base::Status load();

  // A session that will accept a certificate for `host` (or the configured server name) only.
  base::Result<SslPtr> session(const std::string& host);

 private:
  base::Status refresh();

  const config::ClientTlsConfig config_;
  const base::Logger log_ = base::Logger().with("component", "http");
  std::mutex mutex_;  // guards what follows
  SslContextPtr context_;
  std::vector<FileStamp> stamps_;
};

}  // namespace ceems::http
