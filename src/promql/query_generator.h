// Random queries for tests: valid ones from the grammar, in all the ways in which people and programs write
// them, and broken ones. The same seed gives the same queries everywhere. Not thread-safe.
#pragma once

#include "promql/functions.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::promql {

// Who understands the queries.
enum class Grammar : std::uint8_t {
  kOld,     // Prometheus 2.42
  kNew,     // Prometheus 3.15 with everything experimental
  kEditor,  // the grammar of its editor, which lags behind in some functions
};

// What names and values are made of. Defaults make sense for parsers; a test with data gives its own.
struct Vocabulary {
  std::vector<std::string> metrics = {
      "up", "node_cpu_seconds_total", "a:b:rate5m", "sum", "offset", "by", "start", "and"};
  std::vector<std::string> labels = {"job", "instance", "uuid", "le", "on", "bool", "group_left", "_x1"};
  std::vector<std::string> values = {"",    "a",           "1",        "api-server",
                                     "x y", "\xc3\xa4\\n", "\\\"q\\\""};  // as between "
  std::vector<std::string> patterns = {"",        ".*",      ".+",     "a|b",
                                       "1[0-9]+", "(a|b)?c", "a\\\\.b"};  // as between "
};

class QueryGenerator {
 public:
  explicit QueryGenerator(std::uint64_t seed, Grammar grammar = Grammar::kNew, Vocabulary vocabulary = {})
      : state_(~seed * 0xd1342543de82ef95ULL),
        new_(grammar != Grammar::kOld),
        editor_(grammar == Grammar::kEditor),
        words_(std::move(vocabulary)) {}

  // A query that fits its types; `size` bounds how deep it goes.
  std::string query(int size = 4) {
    return of_type(
        pick<ValueType>({ValueType::kInstantVector, ValueType::kInstantVector, ValueType::kInstantVector,
                         ValueType::kScalar, ValueType::kRangeVector, ValueType::kString}),
        size);
  }

  // The same with some bytes changed: mostly invalid.
  std::string broken_query(int size = 3) {
    constexpr std::string_view kBytes = "(){}[],:=!~<>+-*/%^@\"'`#\\ \n0159aeinfsmxo_.|\xc3\xff";
    std::string text = query(size);
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
      const std::size_t at = below(text.size() + 1);
      switch (below(4)) {
        case 0:
          text.insert(at, 1, kBytes[below(kBytes.size())]);
          break;
        case 1:
          text.erase(at, 1 + below(3));
          break;
        case 2:
          if (at < text.size()) text[at] = kBytes[below(kBytes.size())];
          break;
        default:
          text.insert(at, text.substr(below(text.size() + 1), below(12)));
      }
    }
    return text;
  }

  std::string selector() {
    std::string text = chance(80) ? pick(words_.metrics) : "";
    std::vector<std::string> matchers;
    if (text.empty()) matchers.push_back(matcher_that_is_not_empty());
    for (std::size_t i = below(3); i > 0; --i)
      matchers.push_back(matcher());
    if (matchers.empty() && chance(80)) return text;
    return text + blank() + "{" + list(matchers) + (matchers.empty() || chance(90) ? "" : ",") + "}";
  }

 private:
  // -- randomness: splitmix64, the same on every machine

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }
  std::string_view word(const std::vector<std::string_view>& from) { return pick<std::string_view>(from); }

  // -- small things

  std::string blank() { return std::string(word({"", "", "", "", " ", "  ", "\n", "\t", " # c\n"})); }
  std::string space() { return std::string(word({" ", " ", " ", "  ", "\n", " # x ) \n"})); }
  std::string cased(std::string_view keyword) {
    std::string text(keyword);
    if (!chance(5)) return text;
    for (char& c : text) {
      if (c >= 'a' && c <= 'z' && chance(50)) c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
  }
  std::string list(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts)
      text += (text.empty() ? "" : blank() + "," + blank()) + part;
    return text;
  }

  std::string quoted(const std::string& escaped) {
    const bool simple = escaped.find_first_of("\\'`") == std::string::npos;
    if (simple && chance(20)) return "'" + escaped + "'";
    if (simple && chance(20)) return "`" + escaped + "`";
    return "\"" + escaped + "\"";
  }

  std::string duration() {
    return std::string(
        word({"5m", "1h", "1h30m", "30s", "1d", "2w", "500ms", "1y2w3d4h5m6s7ms", "90m", "1m"}));
  }
  std::string number() {
    std::vector<std::string_view> forms = {"0",    "1",    "2",   "42",  "0.5", ".5",    "1e3", "1E-3",
                                           "3.14", "0x1F", "Inf", "NaN", "inf", "1e+10", "017", "08"};
    if (new_) forms.insert(forms.end(), {"1_000", "5m", "1h30m", "1_0.5"});
    return std::string(word(forms));
  }

  std::string duration_expression(int size) {
    if (!new_ || chance(75))
      return new_ && chance(15) ? std::string(word({"300", "1.5", "0x10", "1e2"})) : duration();
    if (size <= 0) return std::string(word({"step()", "range()", "5m", "60"}));
    switch (below(4)) {
      case 0:
        return "(" + duration_expression(size - 1) + ")";
      case 1:
        return std::string(word({"min_of(", "max_of("})) + duration_expression(size - 1) + "," + blank() +
               duration_expression(size - 1) + ")";
      case 2:
        return "-" + duration_expression(0) + " + " + duration_expression(size - 1);
      default:
        return duration_expression(size - 1) + blank() + std::string(word({"+", "-", "*", "/", "%", "^"})) +
               blank() + duration_expression(size - 1);
    }
  }

  // -- selectors

  std::string label() {
    return new_ && chance(10) ? std::string(word({"\"a.b\"", "'job'", "\"\xc3\xa4\""})) : pick(words_.labels);
  }
  std::string matcher() {
    const std::string name = chance(95) ? label() : "__name__x";
    if (chance(50))
      return name + blank() + std::string(word({"=", "!="})) + blank() + quoted(pick(words_.values));
    return name + blank() + std::string(word({"=~", "!~"})) + blank() + quoted(pick(words_.patterns));
  }
  std::string matcher_that_is_not_empty() {
    if (new_ && chance(30)) return std::string(word({"\"up\"", "\"my.metric\"", "'x'"}));
    return std::string(word({"__name__=\"up\"", "job=\"a\"", "instance=~\".+\"", "job!=\"\"", "le!~\"|a\""}));
  }
  std::string modifiers(int size, bool selector) {
    std::vector<std::string> parts;
    if (chance(15)) parts.push_back(offset(size));
    if (chance(10))
      parts.push_back(
          "@" + blank() +
          std::string(word({"1609746000", "start()", "end()", "1.5e9", "-12.345", "0", "START()"})));
    if (new_ && selector && chance(5)) parts.emplace_back(word({"smoothed", "anchored"}));
    if (parts.size() > 1 && chance(50)) std::swap(parts.front(), parts.back());
    std::string text;
    for (const std::string& part : parts)
      text += space() + part;
    return text;
  }
  std::string offset(int size) {
    const std::string keyword = cased("offset") + space();
    const std::string sign(word({"", "", "", "-"}));
    if (!new_ || chance(70)) return keyword + sign + duration();
    return keyword + sign +
           (chance(50) ? std::string(word({"step()", "range()", "300", "0"}))
                       : "(" + duration_expression(size) + ")");
  }
  std::string subquery(int size) {
    return subject(size) + "[" + duration_expression(1) + blank() + ":" + blank() +
           (chance(50) ? "" : duration_expression(1)) + "]" + modifiers(1, false);
  }
  // What brackets may follow.
  std::string subject(int size) {
    switch (below(4)) {
      case 0:
        return "(" + vector(size - 1) + ")";
      case 1:
        return call(ValueType::kInstantVector, size - 1);
      case 2:
        return aggregation(size - 1);
      default:
        return selector();
    }
  }

  // -- expressions

  std::string of_type(ValueType type, int size) {
    switch (type) {
      case ValueType::kScalar:
        return scalar(size);
      case ValueType::kString:
        return quoted(pick(words_.values));
      case ValueType::kInstantVector:
        return vector(size);
      case ValueType::kRangeVector:
        break;
    }
    return size > 0 && chance(25)
               ? subquery(size)
               : selector() + blank() + "[" + duration_expression(1) + "]" + modifiers(1, true);
  }

  std::string scalar(int size) {
    if (size <= 0 || chance(50)) return number();
    switch (below(5)) {
      case 0:
        return "-" + scalar(size - 1);
      case 1:
        return "(" + scalar(size - 1) + ")";
      case 2:
        return "scalar(" + vector(size - 1) + ")";
      case 3:
        return std::string(word({"time()", "pi()"}));
      default:
        return scalar(size - 1) + " " +
               std::string(word({"+", "-", "*", "/", "%", "^", "== bool", "<bool"})) + " " + scalar(size - 1);
    }
  }

  std::string vector(int size) { return size > 0 && chance(30) ? binary(size) : operand(size); }

  // A vector that holds together beside any operator.
  std::string operand(int size) {
    if (size <= 0) return selector() + modifiers(0, true);
    switch (below(6)) {
      case 0:
        return "(" + blank() + vector(size - 1) + blank() + ")";
      case 1:
        return std::string(word({"-", "+"})) + blank() + operand(size - 1);
      case 2:
        return aggregation(size - 1);
      case 3:
      case 4:
        return call(ValueType::kInstantVector, size - 1);
      default:
        return selector() + modifiers(1, true);
    }
  }

  std::string labels() {
    std::vector<std::string> names;
    for (std::size_t i = below(3); i > 0; --i)
      names.push_back(label());
    return "(" + list(names) + (names.empty() || chance(90) ? "" : ",") + ")";
  }

  std::string binary(int size) {
    if (chance(20)) {
      const std::string op(
          word({"+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<=", "atan2", "> bool"}));
      return chance(50) ? operand(size - 1) + space() + op + space() + scalar(size - 1)
                        : scalar(size - 1) + space() + op + space() + operand(size - 1);
    }
    std::string text = operand(size - 1);
    do {
      text += space() + operator_with_modifiers() + space() + operand(size - 1);
    } while (chance(25));
    return text;
  }

  std::string operator_with_modifiers() {
    const bool set = chance(25);
    std::string_view op =
        set ? word({"and", "or", "unless"})
            : word({"+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<=", "atan2"});
    if (new_ && !set && chance(5)) op = word({"</", ">/"});
    const bool comparison = op.find_first_of("=<>") != std::string_view::npos && !op.contains('/');
    std::string text = cased(op);
    if (comparison && chance(20)) text += space() + cased("bool");
    if (chance(30)) {
      text += space() + cased(word({"on", "ignoring"})) + blank() + labels();
      if (!set && chance(40))
        text +=
            space() + cased(word({"group_left", "group_right"})) + blank() + (chance(50) ? "(extra)" : "()");
    }
    if (new_ && !set && chance(10))
      text += " " + std::string(word({"fill(0)", "fill_left(1)", "fill_right (-1)",
                                      "fill_left(1) fill_right(2)", "fill_right(NaN) fill_left(0)"}));
    return text;
  }

  std::string aggregation(int size) {
    std::string_view name = word({"sum", "avg", "count", "min", "max", "group", "stddev", "stdvar", "topk",
                                  "bottomk", "quantile", "count_values"});
    if (new_ && chance(10)) name = word({"limitk", "limit_ratio"});
    std::string arguments = vector(size);
    if (name == "count_values") arguments = quoted("v") + "," + arguments;
    if (name == "topk" || name == "bottomk" || name == "quantile" || name.starts_with("limit"))
      arguments = scalar(size) + ", " + arguments;
    arguments = "(" + blank() + arguments + ")";
    const std::string grouping = cased(word({"by", "without"})) + blank() + labels();
    switch (below(3)) {
      case 0:
        return cased(name) + space() + grouping + blank() + arguments;
      case 1:
        return cased(name) + arguments + blank() + grouping;
      default:
        return cased(name) + blank() + arguments;
    }
  }

  // Functions that old servers do not have, or that name no series.
  static bool is_new(std::string_view name) {
    constexpr std::array kNew = std::to_array<std::string_view>({"double_exponential_smoothing",
                                                                 "end",
                                                                 "first_over_time",
                                                                 "histogram_avg",
                                                                 "histogram_quantiles",
                                                                 "histogram_stddev",
                                                                 "histogram_stdvar",
                                                                 "info",
                                                                 "integral",
                                                                 "mad_over_time",
                                                                 "max_of",
                                                                 "min_of",
                                                                 "range",
                                                                 "sort_by_label",
                                                                 "sort_by_label_desc",
                                                                 "start",
                                                                 "start_timestamp",
                                                                 "step",
                                                                 "ts_of_first_over_time",
                                                                 "ts_of_last_over_time",
                                                                 "ts_of_max_over_time",
                                                                 "ts_of_min_over_time"});
    for (const std::string_view candidate : kNew) {
      if (candidate == name) return true;
    }
    return false;
  }

  std::string call(ValueType result, int size) {
    const auto functions = all_functions();
    const Function* function = nullptr;
    do {
      function = &functions[below(functions.size())];
    } while (function->result != result || (!new_ && is_new(function->name)) ||
             (new_ && function->name == "holt_winters") || (editor_ && function->name == "integral"));
    std::size_t count = function->least_arguments();
    const auto most = function->most_arguments();
    count += below(most ? *most - count + 1 : 3);
    std::vector<std::string> arguments;
    for (std::size_t i = 0; i < count; ++i) {
      const bool matchers = is_info(*function) && i == 1;
      arguments.push_back(
          matchers ? std::string(word({"{}", "{uuid=~\".*\"}", "{__name__=\"build_info\",version=\"1\"}"}))
                   : of_type(function->parameter(i), size));
    }
    return std::string(function->name) + blank() + "(" + list(arguments) + ")";
  }

  std::uint64_t state_;
  bool new_;
  bool editor_;
  Vocabulary words_;
};

}  // namespace ceems::promql
