// Parsing for Flags (config/flags.h), without printing. Not thread-safe.
#pragma once

#include "base/result.h"
#include "config/arguments.h"
#include "config/flags.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::config {

// One declared flag and what giving it does.
struct Flag {
  FlagInfo info;
  std::function<base::Status(std::string_view)> set;  // takes one value; a list appends it
  std::function<void()> clear = {};                   // empties a list; none for a single value
  bool given = false;

  bool is_boolean() const { return info.type == "bool"; }
};

// What a command line asks for.
enum class FlagRequest : std::uint8_t { kRun, kHelp, kMan, kVersion, kCompletion, kBashScript, kZshScript };

// "--help" and the like.
std::optional<FlagRequest> built_in_request(std::string_view word);

class FlagParser {
 public:
  void declare(Flag flag);  // a bug if the name is taken
  void declare_positional(const std::string& name, std::vector<std::string>& target, bool required);

  const std::vector<Flag>& flags() const { return flags_; }
  const Flag* find(std::string_view name) const;

  // Stops at the first word that asks for something else than to run.
  base::Result<FlagRequest> parse(const std::vector<std::string>& words);

 private:
  base::Status parse_flag(std::string_view text, Arguments& arguments);  // after the two dashes
  static base::Status parse_boolean_flag(Flag& flag, bool value, std::string_view name, bool has_value);
  static base::Status parse_value(Flag& flag, std::optional<std::string> value, Arguments& arguments);
  base::Status take_positional(std::string word);
  base::Status apply_environment();
  std::unexpected<base::Error> unknown_flag(std::string_view name) const;
  Flag* find_mutable(std::string_view name);

  std::vector<Flag> flags_;
  std::string positional_;
  std::vector<std::string>* positional_target_ = nullptr;
  bool positional_required_ = false;
};

}  // namespace ceems::config
