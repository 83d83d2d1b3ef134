#include "config/flags.h"

#include "base/check.h"
#include "base/text.h"
#include "base/version.h"
#include "config/completion.h"
#include "config/duration.h"
#include "config/flag_pages.h"
#include "config/flag_parser.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <utility>

#include <fmt/format.h>

namespace ceems::config {

namespace {

using base::ErrorCode;
using base::Result;
using base::Status;

std::unexpected<base::Error> invalid(std::string message) {
  return std::unexpected(base::Error{ErrorCode::kInvalid, std::move(message), ""});
}

// The spellings that strconv.ParseBool knows; only environment variables give a boolean a value.
std::optional<bool> parse_boolean(std::string_view text) {
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

Result<std::string> match_choice(const std::vector<std::string>& values, std::string_view text) {
  for (const std::string& value : values) {
    if (base::equals_ignoring_case(value, text)) return value;
  }
  return invalid(fmt::format("must be one of {}, got '{}'", base::join(values, ","), text));
}

// What goes to stdout instead of running.
std::string answer(const ProgramInfo& info, FlagRequest request, const std::vector<std::string>& words) {
  const std::string program = info.program.substr(0, info.program.find(' '));
  switch (request) {
    case FlagRequest::kRun:
      break;
    case FlagRequest::kHelp:
      return help_text(info);
    case FlagRequest::kMan:
      return man_page(info);
    case FlagRequest::kVersion:
      return base::version_text(program);
    case FlagRequest::kCompletion:
      return completion_candidates(info, completed_words(words));
    case FlagRequest::kBashScript:
      return bash_completion_script(program);
    case FlagRequest::kZshScript:
      return zsh_completion_script(program);
  }
  return "";
}

}  // namespace

struct Flags::Impl {
  std::string program;
  std::string description;
  std::string positional;
  std::string positional_help;
  bool positional_required = false;
  FlagParser parser;

  void declare(FlagInfo info, std::function<Status(std::string_view)> set,
               std::function<void()> clear = nullptr) {
    parser.declare({.info = std::move(info), .set = std::move(set), .clear = std::move(clear)});
  }
};

Flags::Flags(std::string program, std::string description) : impl_(std::make_unique<Impl>()) {
  impl_->program = std::move(program);
  impl_->description = std::move(description);
}

Flags::~Flags() = default;
Flags::Flags(Flags&&) noexcept = default;
Flags& Flags::operator=(Flags&&) noexcept = default;

void Flags::boolean(const std::string& name, bool default_value, const std::string& help, bool& target,
                    FlagTraits traits) {
  target = default_value;
  impl_->declare({name, "bool", {}, default_value ? "true" : "false", help, std::move(traits)},
                 [&target](std::string_view text) -> Status {
                   const auto value = parse_boolean(text);
                   if (!value) return invalid(fmt::format("must be true or false, got '{}'", text));
                   target = *value;
                   return {};
                 });
}

void Flags::string(const std::string& name, const std::string& default_value, const std::string& help,
                   std::string& target, FlagTraits traits) {
  target = default_value;
  impl_->declare({name, "string", {}, default_value, help, std::move(traits)},
                 [&target](std::string_view text) -> Status {
                   target = text;
                   return {};
                 });
}

void Flags::list(const std::string& name, const std::vector<std::string>& default_value,
                 const std::string& help, std::vector<std::string>& target, FlagTraits traits) {
  target = default_value;
  impl_->declare(
      {name, "list", {}, base::join(default_value, ", "), help, std::move(traits)},
      [&target](std::string_view text) -> Status {
        target.emplace_back(text);
        return {};
      },
      [&target] { target.clear(); });
}

void Flags::integer(const std::string& name, std::int64_t default_value, const std::string& help,
                    std::int64_t& target, FlagTraits traits) {
  target = default_value;
  impl_->declare({name, "int", {}, fmt::format("{}", default_value), help, std::move(traits)},
                 [&target](std::string_view text) -> Status {
                   const auto value = base::parse_i64(text);
                   if (!value) return invalid(fmt::format("must be a whole number, got '{}'", text));
                   target = *value;
                   return {};
                 });
}

void Flags::number(const std::string& name, double default_value, const std::string& help, double& target,
                   FlagTraits traits) {
  target = default_value;
  impl_->declare({name, "float", {}, fmt::format("{}", default_value), help, std::move(traits)},
                 [&target](std::string_view text) -> Status {
                   const auto value = base::parse_double(text);
                   if (!value || !std::isfinite(*value)) {
                     return invalid(fmt::format("must be a number, got '{}'", text));
                   }
                   target = *value;
                   return {};
                 });
}

void Flags::duration(const std::string& name, std::chrono::milliseconds default_value,
                     const std::string& help, std::chrono::milliseconds& target, FlagTraits traits) {
  target = default_value;
  impl_->declare({name, "duration", {}, print_go_duration(default_value), help, std::move(traits)},
                 [&target](std::string_view text) -> Status {
                   auto value = parse_duration(text);
                   if (const auto go_value = parse_go_duration(text); !value && go_value) value = go_value;
                   if (!value) return std::unexpected(value.error());
                   target = *value;
                   return {};
                 });
}

void Flags::choice(const std::string& name, const std::vector<std::string>& values,
                   const std::string& default_value, const std::string& help, std::string& target,
                   FlagTraits traits) {
  target = default_value;
  impl_->declare({name, "enum", values, default_value, help, std::move(traits)},
                 [&target, values](std::string_view text) -> Status {
                   CEEMS_TRY(target, match_choice(values, text));
                   return {};
                 });
}

void Flags::choices(const std::string& name, const std::vector<std::string>& values, const std::string& help,
                    std::vector<std::string>& target, FlagTraits traits) {
  target.clear();
  impl_->declare(
      {name, "list", values, "", help, std::move(traits)},
      [&target, values](std::string_view text) -> Status {
        CEEMS_TRY(std::string value, match_choice(values, text));
        target.push_back(std::move(value));
        return {};
      },
      [&target] { target.clear(); });
}

void Flags::positional(const std::string& name, const std::string& help, std::vector<std::string>& target,
                       bool required) {
  target.clear();
  impl_->positional = name;
  impl_->positional_help = help;
  impl_->positional_required = required;
  impl_->parser.declare_positional(name, target, required);
}

std::optional<int> Flags::parse(int argc, const char* const* argv) {
  return parse(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
}

std::optional<int> Flags::parse(const std::vector<std::string>& arguments) {
  const auto request = impl_->parser.parse(arguments);
  if (!request) {
    print_start_error(impl_->program, request.error().text() + " (see --help)");
    return 1;
  }
  if (*request == FlagRequest::kRun) return std::nullopt;
  const std::string text = answer(info(), *request, arguments);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 ? 0 : 1;
}

Status Flags::parse_arguments(const std::vector<std::string>& arguments) {
  CEEMS_TRY(const FlagRequest request, impl_->parser.parse(arguments));
  if (request == FlagRequest::kRun) return {};
  return base::fail(ErrorCode::kCancelled, "", "help or the like was asked for");
}

bool Flags::given(const std::string& name) const {
  const Flag* flag = impl_->parser.find(name);
  CEEMS_CHECK(flag != nullptr);
  return flag->given;
}

std::vector<FlagInfo> Flags::describe() const {
  std::vector<FlagInfo> infos;
  for (const Flag& flag : impl_->parser.flags())
    infos.push_back(flag.info);
  return infos;
}

ProgramInfo Flags::info() const {
  return {impl_->program,    impl_->description,     describe(),
          impl_->positional, impl_->positional_help, impl_->positional_required};
}

std::string markdown_reference(const Flags& flags) {
  return markdown_section(flags.info(), 1);
}

void print_start_error(std::string_view program, std::string_view message) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&now, &local);
  fmt::print(stderr, "{:04}/{:02}/{:02} {:02}:{:02}:{:02} {}: error: {}\n", local.tm_year + 1900,
             local.tm_mon + 1, local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec, program, message);
}

}  // namespace ceems::config
