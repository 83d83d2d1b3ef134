#include "config/flag_parser.h"

#include "base/check.h"
#include "base/text.h"
#include "config/suggest.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace ceems::config {

namespace {

using base::Result;
using base::Status;

std::unexpected<base::Error> invalid(std::string message) {
  return std::unexpected(base::Error{base::ErrorCode::kInvalid, std::move(message), ""});
}

}  // namespace

std::optional<FlagRequest> built_in_request(std::string_view word) {
  if (word == "-h" || word == "--help" || word == "--help-long") return FlagRequest::kHelp;
  if (word == "--help-man") return FlagRequest::kMan;
  if (word == "--version") return FlagRequest::kVersion;
  if (word == "--completion-bash") return FlagRequest::kCompletion;
  if (word == "--completion-script-bash") return FlagRequest::kBashScript;
  if (word == "--completion-script-zsh") return FlagRequest::kZshScript;
  return std::nullopt;
}

void FlagParser::declare(Flag flag) {
  CEEMS_CHECK(find(flag.info.name) == nullptr);
  CEEMS_CHECK(!built_in_request("--" + flag.info.name));
  flags_.push_back(std::move(flag));
}

void FlagParser::declare_positional(const std::string& name, std::vector<std::string>& target,
                                    bool required) {
  CEEMS_CHECK(positional_target_ == nullptr);
  positional_ = name;
  positional_target_ = &target;
  positional_required_ = required;
}

const Flag* FlagParser::find(std::string_view name) const {
  const auto found = std::ranges::find_if(flags_, [&](const Flag& flag) { return flag.info.name == name; });
  return found == flags_.end() ? nullptr : &*found;
}

Flag* FlagParser::find_mutable(std::string_view name) {
  const auto found = std::ranges::find_if(flags_, [&](const Flag& flag) { return flag.info.name == name; });
  return found == flags_.end() ? nullptr : &*found;
}

Result<FlagRequest> FlagParser::parse(const std::vector<std::string>& words) {
  Arguments arguments(words);
  bool only_positional = false;
  while (true) {
    CEEMS_TRY(std::optional<std::string> word, arguments.next());
    if (!word) break;
    if (only_positional || word->size() < 2 || !word->starts_with('-')) {
      CEEMS_TRY_VOID(take_positional(*std::move(word)));
    } else if (*word == "--") {
      only_positional = true;
      arguments.take_literally();
    } else if (const auto request = built_in_request(*word)) {
      return *request;
    } else if (!word->starts_with("--")) {
      return invalid(fmt::format("unknown flag {}", *word));
    } else {
      CEEMS_TRY_VOID(parse_flag(std::string_view(*word).substr(2), arguments));
    }
  }
  if (positional_required_ && positional_target_->empty()) {
    return invalid(fmt::format("<{}> is needed", positional_));
  }
  CEEMS_TRY_VOID(apply_environment());
  return FlagRequest::kRun;
}

Status FlagParser::parse_flag(std::string_view text, Arguments& arguments) {
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  std::optional<std::string> value;
  if (equals != std::string_view::npos) value = text.substr(equals + 1);
  Flag* flag = find_mutable(name);
  bool polarity = true;
  if (flag == nullptr && name.starts_with("no-")) {
    flag = find_mutable(name.substr(3));
    polarity = false;
  }
  if (flag == nullptr) return unknown_flag(name);
  if (!polarity && !flag->is_boolean()) {
    return invalid(fmt::format("flag --{} takes a value and has no --no- form", flag->info.name));
  }
  if (flag->given && !flag->clear) {
    return invalid(fmt::format("flag --{} cannot be repeated", flag->info.name));
  }
  if (flag->is_boolean()) return parse_boolean_flag(*flag, polarity, name, value.has_value());
  return parse_value(*flag, std::move(value), arguments);
}

Status FlagParser::parse_boolean_flag(Flag& flag, bool value, std::string_view name, bool has_value) {
  if (has_value) {
    return invalid(fmt::format("flag --{0} takes no value: write --{1} or --no-{1}", name, flag.info.name));
  }
  flag.given = true;
  return flag.set(value ? "true" : "false");
}

Status FlagParser::parse_value(Flag& flag, std::optional<std::string> value, Arguments& arguments) {
  if (!value) {
    CEEMS_TRY(value, arguments.next());
    // A lone "-" is a value (standard input, by custom); "--x" and "-x" are not.
    if (!value || (value->starts_with('-') && value->size() > 1)) {
      return invalid(fmt::format("flag --{} needs a value", flag.info.name));
    }
  }
  if (flag.clear && !flag.given) flag.clear();
  flag.given = true;
  if (const Status status = flag.set(*value); !status) {
    return invalid(fmt::format("flag --{}: {}", flag.info.name, status.error().message));
  }
  return {};
}

Status FlagParser::take_positional(std::string word) {
  if (positional_target_ == nullptr) return invalid(fmt::format("unexpected argument '{}'", word));
  positional_target_->push_back(std::move(word));
  return {};
}

Status FlagParser::apply_environment() {
  for (const Flag& flag : flags_) {
    const std::string& variable = flag.info.traits.environment;
    if (flag.given || variable.empty()) continue;
    const char* value = std::getenv(variable.c_str());
    if (value == nullptr || *value == '\0') continue;
    std::vector<std::string_view> values{value};
    if (flag.clear) {
      flag.clear();
      values = base::split(value, '\n');
    }
    for (const std::string_view one : values) {
      if (const Status status = flag.set(one); !status) {
        return invalid(fmt::format("environment variable {}: {}", variable, status.error().message));
      }
    }
  }
  return {};
}

std::unexpected<base::Error> FlagParser::unknown_flag(std::string_view name) const {
  std::vector<std::string> names;
  for (const Flag& flag : flags_) {
    if (flag.info.traits.hidden) continue;
    names.push_back(flag.info.name);
    if (flag.is_boolean()) names.push_back("no-" + flag.info.name);
  }
  const std::string meant = closest_name(name, names);
  return invalid(
      fmt::format("unknown flag --{}{}", name, meant.empty() ? "" : ", did you mean --" + meant + "?"));
}

}  // namespace ceems::config
