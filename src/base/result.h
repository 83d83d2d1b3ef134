// Errors as values. A function that can fail returns Result<T>; exceptions never cross a room's interface.
#pragma once

#include <cerrno>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace ceems::base {

enum class ErrorCode {
  kInternal,     // none of the below
  kNotFound,     // no such file, key, unit, route
  kPermission,   // the operating system or a server said no
  kInvalid,      // input that cannot be understood: syntax, type, range
  kUnavailable,  // a peer that cannot be reached or answers that it cannot serve
  kTimeout,      // a deadline passed
  kCancelled,    // the program is stopping
  kTooLarge,     // input beyond a bound
  kGone,         // existed a moment ago: a cgroup or a process that ended
  kNoData,       // the source exists and has nothing to say
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // what went wrong, lower case, no full stop
  std::string subject;  // the path, URL, key or query it is about; may be empty

  // "subject: message", or the message alone.
  std::string text() const { return subject.empty() ? message : subject + ": " + message; }
};

template <class T>
using Result = std::expected<T, Error>;

using Status = Result<void>;

template <class... Args>
[[nodiscard]] std::unexpected<Error> fail(ErrorCode code, std::string_view subject,
                                          fmt::format_string<Args...> format, Args&&... args) {
  return std::unexpected(Error{code, fmt::format(format, std::forward<Args>(args)...), std::string(subject)});
}

// The error of a system call: code and text from an errno value.
[[nodiscard]] std::unexpected<Error> fail_errno(int error_number, std::string_view subject);

// The same error, its message prefixed by what was being done.
[[nodiscard]] inline std::unexpected<Error> wrap(Error error, std::string_view doing) {
  error.message = fmt::format("{}: {}", doing, error.message);
  return std::unexpected(std::move(error));
}

}  // namespace ceems::base

#define CEEMS_CONCAT_INNER(a, b) a##b
#define CEEMS_CONCAT(a, b) CEEMS_CONCAT_INNER(a, b)

// CEEMS_TRY(auto x, f()): x is f()'s value, or the enclosing function returns f()'s error.
#define CEEMS_TRY(declaration, expression)                                            \
  auto CEEMS_CONCAT(ceems_result_, __LINE__) = (expression);                          \
  if (!CEEMS_CONCAT(ceems_result_, __LINE__))                                         \
    return std::unexpected(std::move(CEEMS_CONCAT(ceems_result_, __LINE__)).error()); \
  declaration = *std::move(CEEMS_CONCAT(ceems_result_, __LINE__))

// CEEMS_TRY_VOID(f()): the enclosing function returns f()'s error, if it has one.
#define CEEMS_TRY_VOID(expression)                             \
  do {                                                         \
    if (auto ceems_status = (expression); !ceems_status)       \
      return std::unexpected(std::move(ceems_status).error()); \
  } while (false)
