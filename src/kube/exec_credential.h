// Credentials that a program makes for the users of a kubeconfig file, such as those of cloud providers.
// Source: kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins and
// .../config-api/client-authentication.v1. Pure functions, but for running the program.
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::kube {

struct ExecProgram {
  std::string api_version{};               // "client.authentication.k8s.io/v1" or ".../v1beta1"
  std::string command{};                   // a path, or a name that PATH has
  std::vector<std::string> arguments{};    // without the command
  std::vector<std::string> environment{};  // "NAME=value"
  std::string hint{};                      // how to install it, as the file tells
  std::string cluster{};                   // a JSON object, where the program is told the cluster
};

// A token, or a client certificate with its key in PEM, or both.
struct ExecCredential {
  std::string token{};
  std::string certificate{};
  std::string key{};
  std::int64_t expires_ms = 0;  // UTC; 0: it does not tell
  friend bool operator==(const ExecCredential&, const ExecCredential&) = default;
};

// Whether programs of that interface can be asked.
bool is_known_exec_version(std::string_view api_version);

// What the program finds in KUBERNETES_EXEC_INFO.
std::string exec_info(const ExecProgram& program);

// Bytes that may be anything. Errors: kInvalid.
base::Result<ExecCredential> parse_exec_credential(std::string_view output, std::string_view api_version);

struct ExecLimits {
  std::chrono::milliseconds timeout{30'000};
  int cancel_fd = -1;  // the program is killed when it is readable
};

// Asks the program, with our environment and rights, nothing to read and no terminal. Errors, about the
// program: kTimeout, kCancelled, kTooLarge; kUnavailable if it ends with another status than 0, with the
// first line of what it said; kNotFound; kInvalid.
base::Result<ExecCredential> run_exec(const ExecProgram& program, const ExecLimits& limits);

}  // namespace ceems::kube
