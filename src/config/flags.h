// The command line of Prometheus programs: --name=value or --name value; booleans as --name and --no-name
// without a value; lists by repetition; @file arguments; environment bindings; hidden flags; -h, --help,
// --help-long,
// --help-man and --version on stdout; completion. Anything wrong is reported on stderr with a time stamp and
// exit status 1.
//
//   Flags flags("ceems_exporter", "Prometheus exporter …");
//   flags.string("web.telemetry-path", "/metrics", "Path under which to expose metrics.",
//   options.telemetry_path); if (auto exit = flags.parse(argc, argv)) return *exit;
#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::config {

// How a flag is listed and bound; aggregate-initialise what is needed.
struct FlagTraits {
  std::string environment;  // variable that supplies the value when the flag is absent; "" for none
  bool hidden = false;
};

// One flag as documentation sees it.
struct FlagInfo {
  std::string name;  // "web.listen-address"
  std::string type;  // "bool", "string", "list", "int", "float", "duration", "enum(a,b)"
  std::string default_value;
  std::string help;
  FlagTraits traits;
};

class Flags {
 public:
  Flags(std::string program, std::string description);
  ~Flags();

  // Each binds `target`, which is set to the default at once and must outlive parse().
  void boolean(const std::string& name, bool default_value, const std::string& help, bool& target,
               FlagTraits traits = {});
  void string(const std::string& name, const std::string& default_value, const std::string& help,
              std::string& target, FlagTraits traits = {});
  void list(const std::string& name, const std::vector<std::string>& default_value, const std::string& help,
            std::vector<std::string>& target, FlagTraits traits = {});  // giving it replaces the default
  void integer(const std::string& name, std::int64_t default_value, const std::string& help,
               std::int64_t& target, FlagTraits traits = {});
  void number(const std::string& name, double default_value, const std::string& help, double& target,
              FlagTraits traits = {});
  void choice(const std::string& name, const std::vector<std::string>& values,
              const std::string& default_value, const std::string& help, std::string& target,
              FlagTraits traits = {});
  void choices(const std::string& name, const std::vector<std::string>& values, const std::string& help,
               std::vector<std::string>& target, FlagTraits traits = {});
  // Positional arguments, for programs that take them; otherwise any is an error.
  void positional(const std::string& name, const std::string& help, std::vector<std::string>& target);

  // An exit status when the program must end (help, version, error), else nothing.
  std::optional<int> parse(int argc, const char* const* argv);
  // The same without printing: for tests.
  base::Status parse_arguments(const std::vector<std::string>& arguments);
  // Whether the flag, in either polarity, stood on the command line.
  bool given(const std::string& name) const;

  std::vector<FlagInfo> describe() const;  // in order of declaration

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ceems::config
