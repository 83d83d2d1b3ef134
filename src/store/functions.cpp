#include "store/functions.h"

#include "base/log.h"
#include "store/json_scan.h"
#include "store/metric_map.h"
#include "store/tolerant.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

namespace ceems::store {

namespace {

std::string_view text_of(sqlite3_value* value) {
  const auto* bytes = sqlite3_value_text(value);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

void answer(sqlite3_context* context, const std::string& text) {
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

bool is_number(sqlite3_value* value) {
  const int type = sqlite3_value_type(value);
  return type == SQLITE_FLOAT || type == SQLITE_INTEGER;
}

using Merge = MetricMap (*)(const MetricMap&, const MetricMap&);

template <Merge merge>
void merge_maps(sqlite3_context* context, int /*count*/, sqlite3_value** arguments) {
  answer(context,
         to_json(merge(read_metric_map(text_of(arguments[0])), read_metric_map(text_of(arguments[1])))));
}

void average_maps(sqlite3_context* context, int count, sqlite3_value** arguments) {
  if (!is_number(arguments[2]) || !is_number(arguments[3])) {
    sqlite3_result_error(context, "avg_metric_map: a weight is not a number", -1);
    return;
  }
  const MetricMap missing = count > 4 ? read_metric_map(text_of(arguments[4])) : MetricMap();
  answer(context, to_json(weighted_mean(
                      read_metric_map(text_of(arguments[0])), read_metric_map(text_of(arguments[1])),
                      sqlite3_value_double(arguments[2]), sqlite3_value_double(arguments[3]), missing)));
}

void merge_lists(sqlite3_context* context, int /*count*/, sqlite3_value** arguments) {
  std::vector<std::string> list = read_string_list(text_of(arguments[1]));
  if (sqlite3_value_int(arguments[2]) == 0) {
    for (std::string& item : read_string_list(text_of(arguments[0])))
      list.push_back(std::move(item));
    std::ranges::sort(list);
    const auto repeated = std::ranges::unique(list);
    list.erase(repeated.begin(), repeated.end());
  }
  answer(context, to_json(list));
}

void metric_value(sqlite3_context* context, int /*count*/, sqlite3_value** arguments) {
  sqlite3_result_double(context, read_metric_map(text_of(arguments[0])).value_or(text_of(arguments[1]), 0));
}

}  // namespace

int register_functions(sqlite3* db) {
  struct Function {
    const char* name;
    int arguments;
    void (*body)(sqlite3_context*, int, sqlite3_value**);
  };
  constexpr Function kFunctions[] = {
      {"add_metric_map", 2, merge_maps<sum>},     {"min_metric_map", 2, merge_maps<minimum>},
      {"max_metric_map", 2, merge_maps<maximum>}, {"avg_metric_map", 4, average_maps},
      {"avg_metric_map", 5, average_maps},        {"merge_list", 3, merge_lists},
      {"metric_value", 2, metric_value},
  };
  for (const Function& function : kFunctions) {
    const int result = sqlite3_create_function_v2(db, function.name, function.arguments,
                                                  SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                                  nullptr, function.body, nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) return result;
  }
  return SQLITE_OK;
}

}  // namespace ceems::store
