#include "power/ipmi_command.h"

#include "base/process.h"
#include "base/text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace ceems::power {

namespace {

constexpr std::array<std::string_view, 4> kCommands{"ipmi-dcmi --get-system-power-statistics",
                                                    "ipmitool dcmi power reading", "ipmiutil dcmi power",
                                                    "capmc get_system_power -w 600"};

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

base::Result<std::vector<std::string>> split_command(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = 0;
  for (const char c : line) {
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        words.back() += c;
      }
      continue;
    }
    if (c == ' ' || c == '\t') {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == '\'' || c == '"') {
      quote = c;
    } else {
      words.back() += c;
    }
  }
  if (quote != 0) return base::fail(base::ErrorCode::kInvalid, line, "a quote is not closed");
  if (words.empty() || words.front().empty())
    return base::fail(base::ErrorCode::kInvalid, line, "no command");
  return words;
}

std::vector<std::string> find_dcmi_command(const std::string& search_path) {
  for (const std::string_view line : kCommands) {
    auto words = split_command(line);
    auto program = base::find_program(words->front(), search_path);
    if (!program) continue;
    words->front() = *std::move(program);
    return *std::move(words);
  }
  return {};
}

base::Result<DcmiPower> run_dcmi_command(const DcmiCommandOptions& options) {
  base::ChildOptions child{.arguments = options.arguments,
                           .extra_environment = {"LC_ALL=C"},
                           .identity = std::nullopt,
                           .timeout = options.timeout,
                           .output_limit = std::size_t{64} << 10};
  if (options.way == DcmiWay::kAsRoot) child.identity = base::ChildIdentity{};
  if (options.way == DcmiWay::kSudo)
    child.arguments.insert(child.arguments.begin(), {options.sudo, "-n", "--"});
  child.new_session = base_name(child.arguments.front()) == "sudo";
  CEEMS_TRY(const base::ChildResult result, base::run_child(child));
  if (result.exit_status != 0)
    return base::fail(base::ErrorCode::kUnavailable, options.arguments.front(),
                      "it failed with status {}: {}", result.exit_status,
                      base::trim(std::string_view(result.errors).substr(0, 200)));
  if (base_name(options.arguments.front()) == "capmc") return parse_capmc(result.output);
  return parse_dcmi_text(result.output);
}

base::Result<DcmiPower> DcmiCommand::run() {
  base::Result<DcmiPower> result =
      base::fail(base::ErrorCode::kInternal, options_.arguments.front(), "no way to run it");
  for (std::size_t i = 0; i < ways_.size(); ++i) {
    options_.way = ways_[i];
    result = run_(options_);
    if (!result) continue;
    std::ranges::rotate(ways_, ways_.begin() + static_cast<std::ptrdiff_t>(i));
    break;
  }
  return result;
}

}  // namespace ceems::power
