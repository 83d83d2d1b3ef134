#include "recording_choices.h"

#include "base/text.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include <fmt/format.h>

namespace ceems::tool {

namespace {

using base::ErrorCode;

std::vector<std::string> values_for(const std::vector<std::string>& choices, const std::string& job) {
  std::vector<std::string> of_job;
  std::vector<std::string> of_all;
  const std::string prefix = job + "=";
  for (const std::string& choice : choices) {
    if (choice.starts_with(prefix)) {
      of_job.push_back(choice.substr(prefix.size()));
    } else if (choice.find('=') == std::string::npos) {
      of_all.push_back(choice);
    }
  }
  return of_job.empty() ? of_all : of_job;
}

base::Result<std::vector<std::string>> ask(const std::string& flag, const std::string& what,
                                           const std::string& job, const std::set<std::string>& there) {
  const std::vector<std::string> names(there.begin(), there.end());
  std::string listed;
  for (std::size_t i = 0; i < names.size(); ++i)
    listed += fmt::format("[{}]: {}\n", i, names[i]);
  if (::isatty(STDIN_FILENO) == 0)
    return base::fail(ErrorCode::kInvalid, job, "has more than one {}; say {}={}=NAME:\n{}", what, flag, job,
                      base::trim(listed));
  fmt::print(stderr, "{} has more than one {}. Which make up a host (numbers, with commas)?\n{}", job, what,
             listed);
  std::array<char, 256> line{};
  if (std::fgets(line.data(), static_cast<int>(line.size()), stdin) == nullptr)
    return base::fail(ErrorCode::kInvalid, job, "no {} was chosen", what);
  std::vector<std::string> chosen;
  for (const std::string_view text : base::split(base::trim(line.data()), ',')) {
    const auto number = base::parse_u64(base::trim(text));
    if (!number || *number >= names.size())
      return base::fail(ErrorCode::kInvalid, job, "'{}' is no number in the list", base::trim(text));
    chosen.push_back(names[*number]);
  }
  return chosen;
}

}  // namespace

base::Status check_choices(const RecordingChoices& choices) {
  for (const std::string& choice : choices.gpu_in_host) {
    const std::string value = choice.substr(choice.rfind('=') + 1);
    if (value != "yes" && value != "no" && value != "auto")
      return base::fail(ErrorCode::kInvalid, "--gpu-power-in-host-power", "'{}' is none of yes, no, auto",
                        value);
  }
  return {};
}

std::optional<std::string> choice_for(const std::vector<std::string>& choices, const std::string& job) {
  const auto values = values_for(choices, job);
  return values.empty() ? std::nullopt : std::optional(values.back());
}

base::Result<std::vector<std::string>> choose_parts(const std::string& flag, const std::string& what,
                                                    const std::string& job,
                                                    const std::vector<std::string>& given,
                                                    const std::set<std::string>& there) {
  const auto values = values_for(given, job);
  if (values.empty()) {
    if (there.size() > 1) return ask(flag, what, job, there);
    return std::vector<std::string>(there.begin(), there.end());
  }
  for (const std::string& value : values) {
    if (!there.contains(value) && !there.contains(value.substr(0, value.rfind('/'))))
      return base::fail(ErrorCode::kInvalid, flag, "{} has no {} '{}'; it has {}", job, what, value,
                        base::join({there.begin(), there.end()}, ", "));
  }
  return values;
}

}  // namespace ceems::tool
