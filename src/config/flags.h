// The command line of Prometheus programs: --name=value or --name value; booleans as --name and --no-name
// without a value; lists by repetition; everything else at most once; @file arguments (one argument a line,
// lines that start with # left out); "--" before positional arguments; environment bindings (an empty
// variable counts as unset, the flag wins); hidden flags; -h, --help, --help-long, --help-man and --version
// on stdout; completion for bash and zsh. Anything wrong is reported on stderr with a time stamp, without
// usage text, and exit status 1.
//
//   Flags flags("ceems_exporter", "Measures …");
//   flags.string("web.telemetry-path", "/metrics", "Path of the metrics.", options.telemetry_path);
//   if (const auto exit = flags.parse(argc, argv)) return *exit;
//
// A program with subcommands uses config/commands.h. Not thread-safe: for the start of main().
#pragma once

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::config {

// How a flag is listed and bound; aggregate-initialise what is needed.
struct FlagTraits {
  std::string environment = {};  // variable that supplies the value when the flag is absent; "" for none
  bool hidden = false;
};

// One flag as documentation sees it.
struct FlagInfo {
  std::string name;                  // "web.listen-address"
  std::string type;                  // "bool", "string", "list", "int", "float", "duration", "enum"
  std::vector<std::string> allowed;  // values of an enum, or of a list that takes only these
  std::string default_value;         // as it would be written; several joined by ", "; booleans true or false
  std::string help;
  FlagTraits traits;
};

// A whole program, or one subcommand of it, as documentation sees it.
struct ProgramInfo {
  std::string program;  // "ceems_tool check web-config"
  std::string description;
  std::vector<FlagInfo> flags;
  std::string positional;  // "web-config-files"; "" when none is taken
  std::string positional_help;
  bool positional_required = false;
};

class Flags {
 public:
  // `program` may hold the words of a subcommand: "ceems_tool check web-config".
  Flags(std::string program, std::string description);
  ~Flags();
  Flags(Flags&&) noexcept;
  Flags& operator=(Flags&&) noexcept;

  // Each binds `target`, which is set to the default at once and must outlive parse(). Names must differ.
  void boolean(const std::string& name, bool default_value, const std::string& help, bool& target,
               FlagTraits traits = {});
  void string(const std::string& name, const std::string& default_value, const std::string& help,
              std::string& target, FlagTraits traits = {});
  // Giving the flag replaces the default. An environment variable holds one value a line.
  void list(const std::string& name, const std::vector<std::string>& default_value, const std::string& help,
            std::vector<std::string>& target, FlagTraits traits = {});
  void integer(const std::string& name, std::int64_t default_value, const std::string& help,
               std::int64_t& target, FlagTraits traits = {});
  void number(const std::string& name, double default_value, const std::string& help, double& target,
              FlagTraits traits = {});
  // Takes both "1d" and "1h0m0s".
  void duration(const std::string& name, std::chrono::milliseconds default_value, const std::string& help,
                std::chrono::milliseconds& target, FlagTraits traits = {});
  // One of `values`, compared without case and stored as listed. The default may be "": none.
  void choice(const std::string& name, const std::vector<std::string>& values,
              const std::string& default_value, const std::string& help, std::string& target,
              FlagTraits traits = {});
  // A list of them; the default is the empty list.
  void choices(const std::string& name, const std::vector<std::string>& values, const std::string& help,
               std::vector<std::string>& target, FlagTraits traits = {});
  // Positional arguments, for programs that take them; otherwise any is an error. At least one if `required`.
  void positional(const std::string& name, const std::string& help, std::vector<std::string>& target,
                  bool required = false);

  // An exit status when the program must end (help, version, error), else nothing.
  std::optional<int> parse(int argc, const char* const* argv);
  std::optional<int> parse(const std::vector<std::string>& arguments);  // without the program's name
  // The same without printing, for tests. kCancelled when help or the like was asked for.
  base::Status parse_arguments(const std::vector<std::string>& arguments);
  // Whether the flag, in either polarity, stood on the command line.
  bool given(const std::string& name) const;

  std::vector<FlagInfo> describe() const;  // in order of declaration
  ProgramInfo info() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The visible flags as a section of the reference documentation.
std::string markdown_reference(const Flags& flags);

// "2026/01/31 12:00:00 program: error: message" on stderr: how a program says that it cannot start.
void print_start_error(std::string_view program, std::string_view message);

}  // namespace ceems::config
