#include "kube/exec_credential.h"

#include "base/process.h"
#include "base/rfc3339.h"
#include "base/text.h"
#include "json/read.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace ceems::kube {

namespace {

using base::ErrorCode;

constexpr std::size_t kMaxOutput = std::size_t{1} << 20;
constexpr std::size_t kMaxSaid = 300;

// A token goes into a header as it is.
bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string first_line(std::string_view text) {
  text = base::trim(text);
  std::string line(text.substr(0, std::min(text.find('\n'), kMaxSaid)));
  return base::is_valid_utf8(line) && !line.empty() ? line : "nothing that can be shown";
}

}  // namespace

bool is_known_exec_version(std::string_view api_version) {
  return api_version == "client.authentication.k8s.io/v1" ||
         api_version == "client.authentication.k8s.io/v1beta1";
}

std::string exec_info(const ExecProgram& program) {
  return fmt::format(R"({{"kind":"ExecCredential","apiVersion":{},"spec":{{{}"interactive":false}}}})",
                     base::json_quote(program.api_version),
                     program.cluster.empty() ? "" : R"("cluster":)" + program.cluster + ",");
}

base::Result<ExecCredential> parse_exec_credential(std::string_view output, std::string_view api_version) {
  CEEMS_TRY(const json::value answer, json::parse(output));
  if (json::text_member(answer, "kind") != "ExecCredential" ||
      json::text_member(answer, "apiVersion") != api_version)
    return base::fail(ErrorCode::kInvalid, "", "printed no ExecCredential of {}", api_version);
  const json::value* status = json::member(answer, "status");
  ExecCredential made;
  if (status != nullptr) {
    made.token = json::text_member(*status, "token");
    made.certificate = json::text_member(*status, "clientCertificateData");
    made.key = json::text_member(*status, "clientKeyData");
    if (const std::string expiry = json::text_member(*status, "expirationTimestamp"); !expiry.empty()) {
      const auto time = base::parse_rfc3339(expiry);
      if (!time) return base::fail(ErrorCode::kInvalid, "", "its expirationTimestamp is no time");
      made.expires_ms = std::max<std::int64_t>(time->time_since_epoch().count(), 1);
    }
  }
  if (made.token.empty() && made.certificate.empty())
    return base::fail(ErrorCode::kInvalid, "", "printed neither a token nor a certificate");
  if (made.certificate.empty() != made.key.empty())
    return base::fail(ErrorCode::kInvalid, "", "printed one of certificate and key without the other");
  if (!is_printable(made.token))
    return base::fail(ErrorCode::kInvalid, "", "printed a token that no header can hold");
  return made;
}

base::Result<ExecCredential> run_exec(const ExecProgram& program, const ExecLimits& limits) {
  base::ChildOptions options;
  options.arguments.push_back(program.command);
  options.arguments.insert(options.arguments.end(), program.arguments.begin(), program.arguments.end());
  if (const char* path = std::getenv("PATH")) options.search_path = path;
  options.extra_environment = program.environment;
  options.extra_environment.push_back("KUBERNETES_EXEC_INFO=" + exec_info(program));
  options.timeout = limits.timeout;
  options.output_limit = kMaxOutput;
  options.new_session = true;
  options.cancel_fd = limits.cancel_fd;
  auto done = base::run_child(options);
  if (!done && done.error().code == ErrorCode::kNotFound && !program.hint.empty())
    return base::fail(ErrorCode::kNotFound, program.command, "{} ({})", done.error().text(),
                      first_line(program.hint));
  if (!done) return std::unexpected(std::move(done).error());
  if (done->exit_status != 0)
    return base::fail(ErrorCode::kUnavailable, program.command, "ended with {} {}: {}",
                      done->signal != 0 ? "signal" : "status",
                      done->signal != 0 ? done->signal : done->exit_status, first_line(done->errors));
  auto made = parse_exec_credential(done->output, program.api_version);
  if (!made) return base::fail(made.error().code, program.command, "{}", made.error().text());
  return *std::move(made);
}

}  // namespace ceems::kube
