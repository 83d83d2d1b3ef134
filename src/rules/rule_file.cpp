#include "rules/rule_file.h"

#include "base/text.h"

#include <string_view>

#include <fmt/format.h>

namespace ceems::rules {

namespace {

constexpr std::size_t kTextColumns = 110;

void add_comment(std::string& out, std::string_view comment, std::string_view indent) {
  std::string_view line;
  while (base::next_line(comment, line)) {
    out += indent;
    out += line.empty() ? "#" : "# ";
    out += line;
    out += '\n';
  }
}

// A folded block: line ends become blanks again.
void add_long_text(std::string& out, std::string_view name, std::string_view text) {
  out += fmt::format("          {}: >-", name);
  std::size_t column = kTextColumns;
  std::string_view word;
  while (base::next_word(text, word)) {
    if (column + 1 + word.size() > kTextColumns) {
      out += "\n            ";
      column = 12;
    } else {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
  }
  out += '\n';
}

void add_labels(std::string& out, std::string_view key, const Labels& labels) {
  if (labels.empty()) return;
  out += fmt::format("        {}:\n", key);
  for (const auto& [name, value] : labels) {
    if (value.size() > kTextColumns)
      add_long_text(out, name, value);
    else
      out += fmt::format("          {}: {}\n", name, base::json_quote(value));
  }
}

void add_expression(std::string& out, std::string_view expression) {
  if (expression.find('\n') == std::string_view::npos) {
    // Single quotes leave everything but themselves alone.
    out += fmt::format("        expr: '{}'\n", base::replace_all(std::string(expression), "'", "''"));
    return;
  }
  out += "        expr: |\n";
  std::string_view line;
  while (base::next_line(expression, line))
    out += fmt::format("          {}\n", line);
}

void add_rule(std::string& out, const Rule& rule) {
  add_comment(out, rule.comment, "      ");
  if (rule.alert.empty())
    out += fmt::format("      - record: {}\n", rule.record);
  else
    out += fmt::format("      - alert: {}\n", rule.alert);
  add_expression(out, rule.expression);
  if (!rule.hold.empty()) out += fmt::format("        for: {}\n", rule.hold);
  add_labels(out, "labels", rule.labels);
  add_labels(out, "annotations", rule.annotations);
}

}  // namespace

std::string to_yaml(const RuleFile& file) {
  std::string out;
  add_comment(out, file.comment, "");
  out += "groups:\n";
  for (const RuleGroup& group : file.groups) {
    out += fmt::format("  - name: {}\n", group.name);
    if (!group.interval.empty()) out += fmt::format("    interval: {}\n", group.interval);
    out += "    rules:\n";
    bool first = true;
    for (const Rule& rule : group.rules) {
      if (!first) out += '\n';
      first = false;
      add_rule(out, rule);
    }
  }
  return out;
}

}  // namespace ceems::rules
