#include "update/template.h"

#include "base/text.h"
#include "config/duration.h"
#include "tsdb/promql_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace ceems::update {

namespace {

// Follows PromQL's strings and comments.
class Quotes {
 public:
  void read(std::string_view text) {
    for (const char c : text)
      read(c);
  }
  // '"', '\'', '`', or 0 outside of strings.
  char open() const { return open_; }

 private:
  void read(char c) {
    if (comment_) {
      comment_ = c != '\n';
    } else if (open_ == 0) {
      if (c == '"' || c == '\'' || c == '`') open_ = c;
      comment_ = c == '#';
    } else if (escaped_) {
      escaped_ = false;
    } else if (c == '\\' && open_ != '`') {
      escaped_ = true;
    } else if (c == open_) {
      open_ = 0;
    }
  }

  char open_ = 0;
  bool escaped_ = false;
  bool comment_ = false;
};

bool ends_in_regex_matcher(std::string_view text, char quote) {
  if (!text.ends_with(quote)) return false;
  text.remove_suffix(1);
  return base::trim(text).ends_with("=~");
}

}  // namespace

std::optional<QueryTemplate::Variable> QueryTemplate::find_variable(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Variable>, 8> kVariables = {{
      {"UUIDs", Variable::kUuids},
      {"Range", Variable::kRange},
      {"RangeOpen", Variable::kRangeOpen},
      {"RateInterval", Variable::kRateInterval},
      {"ScrapeInterval", Variable::kScrapeInterval},
      {"EvaluationInterval", Variable::kEvaluationInterval},
      {"ScrapeIntervalMilli", Variable::kScrapeIntervalMilli},
      {"EvaluationIntervalMilli", Variable::kEvaluationIntervalMilli},
  }};
  for (const auto& [known, variable] : kVariables)
    if (known == name) return variable;
  return std::nullopt;
}

base::Result<QueryTemplate> QueryTemplate::parse(std::string_view text) {
  QueryTemplate result;
  Quotes quotes;
  std::string_view rest = text;
  bool trim_left = false;
  for (;;) {
    const std::size_t begin = rest.find("{{");
    std::string_view literal = rest.substr(0, begin);
    if (trim_left) literal.remove_prefix(std::min(literal.find_first_not_of(" \t\r\n"), literal.size()));
    Part& part = result.parts_.emplace_back();
    if (begin == std::string_view::npos) {
      part.text = literal;
      break;
    }
    std::string_view action = rest.substr(begin + 2);
    const std::size_t end = action.find("}}");
    if (end == std::string_view::npos)
      return base::fail(base::ErrorCode::kInvalid, "", "'{{{{' without '}}}}' at character {}",
                        text.size() - rest.size() + begin + 1);
    rest = action.substr(end + 2);
    action = action.substr(0, end);
    if (action.starts_with("- ")) {
      literal = literal.substr(0, literal.find_last_not_of(" \t\r\n") + 1);
      action.remove_prefix(1);
    }
    trim_left = action.ends_with(" -");
    if (trim_left) action.remove_suffix(1);
    action = base::trim(action);
    part.text = literal;
    quotes.read(literal);
    part.escapes = quotes.open() == '"' || quotes.open() == '\'';
    if (action.starts_with('.')) part.variable = find_variable(action.substr(1));
    if (!part.variable)
      return base::fail(
          base::ErrorCode::kInvalid, "",
          "'{{{{{}}}}}' is not known; there are UUIDs, Range, RangeOpen, RateInterval, ScrapeInterval, "
          "ScrapeIntervalMilli, EvaluationInterval and EvaluationIntervalMilli, each with a dot before "
          "its name",
          action);
  }
  if (base::trim(text).empty()) return base::fail(base::ErrorCode::kInvalid, "", "the query is empty");
  result.mark_manager_places();
  return result;
}

void QueryTemplate::mark_manager_places() {
  Quotes quotes;
  for (std::size_t i = 0; i + 1 < parts_.size(); ++i) {
    quotes.read(parts_[i].text);
    if (parts_[i].variable != Variable::kUuids || quotes.open() == 0) continue;
    parts_[i].takes_manager =
        ends_in_regex_matcher(parts_[i].text, quotes.open()) && parts_[i + 1].text.starts_with(quotes.open());
  }
}

std::string QueryTemplate::value_of(const Part& part, const TemplateValues& values) {
  const tsdb::Settings& settings = values.settings;
  switch (*part.variable) {
    case Variable::kUuids: {
      // The expression has no quotes of its own; in quotes that escape, its backslashes count double.
      std::string regex = tsdb::any_of_regex(values.uuids);
      return part.escapes ? base::replace_all(std::move(regex), "\\", "\\\\") : regex;
    }
    case Variable::kRange:
      return config::print_go_duration(std::chrono::floor<std::chrono::seconds>(values.range));
    case Variable::kRangeOpen:
      return tsdb::milliseconds_text(values.range - tsdb::Milliseconds(1));
    case Variable::kRateInterval:
      return config::print_go_duration(settings.rate_interval());
    case Variable::kScrapeInterval:
      return config::print_go_duration(settings.scrape_interval);
    case Variable::kEvaluationInterval:
      return config::print_go_duration(settings.evaluation_interval);
    case Variable::kScrapeIntervalMilli:
      return fmt::format("{}", settings.scrape_interval.count());
    case Variable::kEvaluationIntervalMilli:
      return fmt::format("{}", settings.evaluation_interval.count());
  }
  return {};
}

std::string QueryTemplate::render(const TemplateValues& values) const {
  std::string out;
  bool manager_due = false;
  for (const Part& part : parts_) {
    std::string_view text = part.text;
    if (manager_due) {
      // Behind the quote that closes the ids.
      out += text.substr(0, 1);
      out += ",manager=";
      out += tsdb::quote(values.manager);
      text.remove_prefix(1);
    }
    out += text;
    if (part.variable) out += value_of(part, values);
    manager_due = part.takes_manager && !values.manager.empty();
  }
  return out;
}

bool QueryTemplate::names_uuids() const {
  return std::ranges::any_of(parts_, [](const Part& part) { return part.variable == Variable::kUuids; });
}

bool QueryTemplate::can_name_manager() const {
  return std::ranges::all_of(
      parts_, [](const Part& part) { return part.variable != Variable::kUuids || part.takes_manager; });
}

}  // namespace ceems::update
