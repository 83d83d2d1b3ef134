#include "base/log.h"

#include "base/text.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <ctime>

#include <fmt/format.h>

namespace ceems::base {

namespace {

std::atomic<LogLevel> minimum_level{LogLevel::kInfo};
std::atomic<LogFormat> current_format{LogFormat::kLogfmt};

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "DEBUG";
    case LogLevel::kInfo:
      return "INFO";
    case LogLevel::kWarn:
      return "WARN";
    case LogLevel::kError:
      return "ERROR";
  }
  return "INFO";
}

// RFC 3339 with milliseconds in the local zone.
std::string now_text() {
  const auto now = std::chrono::system_clock::now();
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  const long offset_minutes = local.tm_gmtoff / 60;
  const std::string zone = offset_minutes == 0
                               ? "Z"
                               : fmt::format("{}{:02}:{:02}", offset_minutes < 0 ? '-' : '+',
                                             std::abs(offset_minutes) / 60, std::abs(offset_minutes) % 60);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{}", local.tm_year + 1900, local.tm_mon + 1,
                     local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec, milliseconds, zone);
}

bool needs_quotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == '"' || byte == '=' || byte == 0x7F) return true;
  }
  return !is_valid_utf8(value);
}

void append_logfmt(std::string& line, std::string_view key, std::string_view value) {
  if (!line.empty()) line += ' ';
  line += key;
  line += '=';
  line += needs_quotes(value) ? json_quote(value) : std::string(value);
}

void append_json(std::string& line, std::string_view key, std::string_view value) {
  if (!line.empty()) line += ',';
  line += json_quote(key);
  line += ':';
  line += json_quote(value);
}

std::string_view file_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

void write_line(std::string line) {
  line += '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;  // nobody listens: logging must not fail the program
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

void write_event(LogLevel level, std::string_view message, LogFields fields,
                 const std::source_location& where, const std::string* context) {
  const bool json = current_format.load(std::memory_order_relaxed) == LogFormat::kJson;
  const auto append = json ? append_json : append_logfmt;
  std::string line;
  append(line, "time", now_text());
  append(line, "level", level_name(level));
  append(line, "source", fmt::format("{}:{}", file_name(where.file_name()), where.line()));
  append(line, "msg", message);
  if (context != nullptr) {
    line += json ? "," : " ";
    line += *context;
  }
  for (const LogField& field : fields)
    append(line, field.key, field.value);
  write_line(json ? "{" + line + "}" : line);
}

}  // namespace

Result<LogLevel> parse_log_level(std::string_view text) {
  const std::string level = to_lower(text);
  if (level == "debug") return LogLevel::kDebug;
  if (level == "info") return LogLevel::kInfo;
  if (level == "warn") return LogLevel::kWarn;
  if (level == "error") return LogLevel::kError;
  return fail(ErrorCode::kInvalid, "", "must be one of debug,info,warn,error, got '{}'", text);
}

Result<LogFormat> parse_log_format(std::string_view text) {
  if (text == "logfmt") return LogFormat::kLogfmt;
  if (text == "json") return LogFormat::kJson;
  return fail(ErrorCode::kInvalid, "", "must be one of logfmt,json, got '{}'", text);
}

void configure_logging(LogLevel level, LogFormat format) {
  minimum_level.store(level, std::memory_order_relaxed);
  current_format.store(format, std::memory_order_relaxed);
}

bool log_enabled(LogLevel level) {
  return level >= minimum_level.load(std::memory_order_relaxed);
}

Logger Logger::with(std::string_view key, std::string_view value) const {
  Logger logger;
  std::string logfmt = logfmt_context_ ? *logfmt_context_ : "";
  std::string json = json_context_ ? *json_context_ : "";
  append_logfmt(logfmt, key, value);
  append_json(json, key, value);
  logger.logfmt_context_ = std::make_shared<const std::string>(std::move(logfmt));
  logger.json_context_ = std::make_shared<const std::string>(std::move(json));
  return logger;
}

#define CEEMS_LOG_AT(method, level)                                                                   \
  void Logger::method(std::string_view message, LogFields fields, std::source_location where) const { \
    if (!log_enabled(level)) return;                                                                  \
    const bool json = current_format.load(std::memory_order_relaxed) == LogFormat::kJson;             \
    write_event(level, message, fields, where, (json ? json_context_ : logfmt_context_).get());       \
  }

CEEMS_LOG_AT(debug, LogLevel::kDebug)
CEEMS_LOG_AT(info, LogLevel::kInfo)
CEEMS_LOG_AT(warn, LogLevel::kWarn)
CEEMS_LOG_AT(error, LogLevel::kError)

#undef CEEMS_LOG_AT

}  // namespace ceems::base
