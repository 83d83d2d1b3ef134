// An HTTP client that shows credentials which a program makes. The program runs before the first request,
// when they are about to expire, and when the server refuses them; never twice within a pause. Thread-safe.
#pragma once

#include "base/result.h"
#include "http/client.h"
#include "kube/exec_credential.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace ceems::kube {

// How a client is made of options; empty: http::Client::create.
using MakeClient = std::function<base::Result<std::unique_ptr<http::Client>>(http::ClientOptions)>;

struct ExecClientOptions {
  http::ClientOptions http{};
  ExecProgram program{};
  MakeClient make{};
  std::chrono::milliseconds pause{10'000};
};

// Runs nothing yet. The time of an exchange bounds the program too. send() fails as the program does, see
// run_exec().
base::Result<std::unique_ptr<http::Client>> make_exec_client(ExecClientOptions options);

// Makes such clients, or plain ones where no program is given.
MakeClient client_maker(std::optional<ExecProgram> program);

}  // namespace ceems::kube
