// Structured logging to stderr: one line per event, as logfmt or JSON, with `time`, `level`, `source`, `msg`
// and then the caller's keys. Levels mean something: error, an operator must act; warn, degraded; info, a
// state changed; debug, per event. Never pass a secret. Thread-safe; a line is written in one piece.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>

namespace ceems::base {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };
enum class LogFormat : std::uint8_t { kLogfmt, kJson };

Result<LogLevel> parse_log_level(std::string_view text);    // case-insensitive
Result<LogFormat> parse_log_format(std::string_view text);  // "logfmt" | "json"

// One key and its value as text. Numbers and errors convert.
struct LogField {
  std::string_view key;
  std::string value;

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, const Error& v) : key(k), value(v.text()) {}
  LogField(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
  template <class Number>
    requires(std::is_arithmetic_v<Number> && !std::is_same_v<Number, bool>)
  LogField(std::string_view k, Number v) : key(k), value(fmt::format("{}", v)) {}
};

// Process-wide settings; call once, before threads start.
void configure_logging(LogLevel level, LogFormat format);
bool log_enabled(LogLevel level);

using LogFields = std::initializer_list<LogField>;

// A logger adds its own fields (for example collector=cpu) to each line. Cheap to copy; immutable.
class Logger {
 public:
  Logger() = default;
  // A logger with one more field.
  Logger with(std::string_view key, std::string_view value) const;

  void debug(std::string_view message, LogFields fields = {},
             std::source_location where = std::source_location::current()) const;
  void info(std::string_view message, LogFields fields = {},
            std::source_location where = std::source_location::current()) const;
  void warn(std::string_view message, LogFields fields = {},
            std::source_location where = std::source_location::current()) const;
  void error(std::string_view message, LogFields fields = {},
             std::source_location where = std::source_location::current()) const;

 private:
  std::shared_ptr<const std::string> logfmt_context_;
  std::shared_ptr<const std::string> json_context_;
};

}  // namespace ceems::base
