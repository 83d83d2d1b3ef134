#include "working_command.h"

#include "base/file.h"

#include <cstdio>

#include <fmt/format.h>

namespace ceems::tool {

int WorkingCommand::run() {
  if (const base::Status status = work(); !status) {
    config::print_start_error("ceems_tool", status.error().text());
    return 1;
  }
  return 0;
}

void TsdbTextCommand::declare(config::Flags& flags) {
  server_flags_.declare(flags);
  flags.string("output-file", "", fmt::format("File for {}, in place of standard output.", holds_),
               output_file_);
}

base::Status TsdbTextCommand::work() {
  CEEMS_TRY(const auto server, TsdbServer::create(server_flags_));
  CEEMS_TRY(const std::string text, make_text(*server));
  if (!output_file_.empty()) return base::write_file_atomically(output_file_, text, 0644);
  fmt::print(stderr, "{}", heading());
  fmt::print("{}", text);
  return {};
}

}  // namespace ceems::tool
