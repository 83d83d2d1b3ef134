// A query of the configuration: PromQL with variables written {{.Name}}, as Go's templates write them; blanks
// inside the braces and trimming dashes are allowed, other actions are not. Immutable and thread-safe.
#pragma once

#include "base/result.h"
#include "tsdb/client.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::update {

struct TemplateValues {
  std::vector<std::string> uuids{};
  std::string manager{};        // only series of this manager; "" for any
  tsdb::Milliseconds range{0};  // length of the window
  tsdb::Settings settings{};
};

class QueryTemplate {
 public:
  // kInvalid, with what is wrong and where, for an unknown variable or another kind of action.
  static base::Result<QueryTemplate> parse(std::string_view text);

  //   UUIDs                    the ids, escaped for a regular expression and for the quotes it stands in,
  //   joined by | Range, RangeOpen         the window's length, as 15m0s in whole seconds; less one
  //   millisecond, as 899999ms RateInterval, ScrapeInterval, EvaluationInterval            as 1m0s
  //   ScrapeIntervalMilli, EvaluationIntervalMilli                as 60000
  std::string render(const TemplateValues& values) const;

  bool names_uuids() const;
  // Whether the ids stand alone in a regular expression matcher, so that a matcher of the manager can be put
  // beside it.
  bool can_name_manager() const;

 private:
  enum class Variable : unsigned char {
    kUuids,
    kRange,
    kRangeOpen,
    kRateInterval,
    kScrapeInterval,
    kEvaluationInterval,
    kScrapeIntervalMilli,
    kEvaluationIntervalMilli,
  };
  struct Part {
    std::string text{};  // before the variable
    std::optional<Variable> variable{};
    bool escapes = false;        // it stands in quotes in which backslashes escape
    bool takes_manager = false;  // a manager's matcher may follow the quote that follows it
  };

  static std::optional<Variable> find_variable(std::string_view name);
  static std::string value_of(const Part& part, const TemplateValues& values);
  void mark_manager_places();

  std::vector<Part> parts_;
};

}  // namespace ceems::update
