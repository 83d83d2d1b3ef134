// The query string of a request. Immutable once it is passed on; thread-safe then.
#pragma once

#include "base/result.h"
#include "http/message.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::api {

inline constexpr std::size_t kMaxQueryBytes = std::size_t{1} << 20;

class Parameters {
 public:
  // kInvalid for broken escapes, for what is no text (a NUL, invalid UTF-8), kTooLarge beyond kMaxQueryBytes.
  static base::Result<Parameters> parse(std::string_view query);

  // Forgets parameters whose name `known` does not return true for.
  template <class Known>
  void keep_only(Known known) {
    std::erase_if(all_, [&](const http::Parameter& parameter) { return !known(parameter.name); });
  }

  // All values of a repeatable parameter: distinct, in order, without empty ones (`cluster_id=` asks for
  // nothing in particular).
  std::vector<std::string> list(std::string_view name) const;
  // The first value that is not empty; "" if there is none.
  std::string first(std::string_view name) const;
  // Whether the parameter is there and does not say no: `running`, `running=1`, but not `running=false`.
  bool flag(std::string_view name) const;
  // A whole number; absent or empty: nothing; anything else: kInvalid.
  base::Result<std::optional<std::int64_t>> integer(std::string_view name) const;

 private:
  std::vector<http::Parameter> all_;
};

}  // namespace ceems::api
