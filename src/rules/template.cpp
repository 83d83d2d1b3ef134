#include "rules/template.h"

#include "base/check.h"
#include "base/text.h"
#include "config/duration.h"

#include <utility>

#include <fmt/format.h>

namespace ceems::rules {

namespace {

std::string label_list(std::string first, const RuleOptions& options) {
  for (const std::string& label : options.host_labels)
    first += ", " + label;
  return first;
}

std::string_view strip_blank_lines(std::string_view text) {
  while (text.starts_with('\n'))
    text.remove_prefix(1);
  while (text.ends_with('\n'))
    text.remove_suffix(1);
  return text;
}

}  // namespace

std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  std::string_view line;
  while (base::next_line(text, line)) {
    if (!out.empty()) out += '\n';
    out += indent;
    out += line;
  }
  return out;
}

std::string promql_quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string any_of_matcher(std::string_view label, const std::vector<std::string>& values) {
  if (values.size() == 1) return fmt::format("{}={}", label, promql_quote(values.front()));
  constexpr std::string_view kSpecial = R"(\.+*?()|[]{}^$)";
  std::string pattern;
  for (const std::string& value : values) {
    if (!pattern.empty()) pattern += '|';
    for (const char c : value) {
      if (kSpecial.find(c) != std::string_view::npos) pattern += '\\';
      pattern += c;
    }
  }
  return fmt::format("{}=~{}", label, promql_quote(pattern));
}

std::string fill(std::string_view text, const RuleOptions& options) {
  const std::string job = options.job.empty() ? "" : "job=" + promql_quote(options.job);
  const std::pair<std::string_view, std::string> gaps[] = {
      {"<host>", label_list("job, instance", options)},     {"<job>", label_list("job", options)},
      {"<R>", config::print_duration(options.rate_window)}, {"<pue>", fmt::format("{}", options.pue)},
      {"{<J>}", job.empty() ? "" : "{" + job + "}"},        {"<,J>", job.empty() ? "" : "," + job},
  };
  std::string filled;
  text = strip_blank_lines(text);
  while (!text.empty()) {
    // Left to right, so that nothing a site wrote is taken for a gap.
    bool found = false;
    for (const auto& [gap, value] : gaps) {
      if (!text.starts_with(gap)) continue;
      filled += value;
      text.remove_prefix(gap.size());
      found = true;
      break;
    }
    if (found) continue;
    CEEMS_CHECK(!(text.size() > 1 && text[0] == '<' && text[1] != ' ' && text[1] != '='));
    filled += text.front();
    text.remove_prefix(1);
  }
  return filled;
}

std::string group_interval(const RuleOptions& options) {
  return options.evaluation_interval.count() == 0 ? "" : config::print_duration(options.evaluation_interval);
}

}  // namespace ceems::rules
