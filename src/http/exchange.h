// A request whose head has arrived, on its way through a Connection.
#pragma once

#include "config/web_config.h"
#include "http/framing.h"
#include "http/message.h"
#include "http/server.h"

#include <memory>

namespace ceems::http {

struct Exchange {
  Request request;
  Framing framing;
  int minor_version = 1;
  bool keep_alive = false;
  bool expects_continue = false;
  bool body_unread = false;
  bool head_only = false;  // the method is HEAD, whatever a handler does to the request
  const Route* route = nullptr;
  std::shared_ptr<const config::WebConfig> web;  // null without a web configuration
};

// Adds the headers that the web configuration wants on every reply, where the reply does not say otherwise.
void add_configured_headers(Fields& fields, const Exchange& exchange);

// Whether a response of that status never has a body.
bool is_bodiless(int status);

}  // namespace ceems::http
