// Commands that do one piece of work, which fails or not.
#pragma once

#include "base/result.h"
#include "config/commands.h"
#include "tsdb_server.h"

#include <string>
#include <string_view>

namespace ceems::tool {

class WorkingCommand : public config::Command {
 public:
  // 1, with the error on stderr, if the work fails.
  int run() final;

 private:
  virtual base::Status work() = 0;
};

// Looks at a Prometheus server and writes one text for people to use: to --output-file, or to stdout.
class TsdbTextCommand : public WorkingCommand {
 public:
  // `holds` is what the text is: "the queries".
  explicit TsdbTextCommand(std::string_view holds) : holds_(holds) {}
  void declare(config::Flags& flags) final;

 protected:
  const TsdbFlags& server_flags() const { return server_flags_; }

 private:
  base::Status work() final;
  virtual base::Result<std::string> make_text(TsdbServer& server) = 0;
  // What people are told on stderr before the text stands on stdout.
  virtual std::string_view heading() const { return ""; }

  const std::string_view holds_;
  TsdbFlags server_flags_;
  std::string output_file_;
};

}  // namespace ceems::tool
