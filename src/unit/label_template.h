// The text of a label made from what a pattern matched: literal text with "{group}" for a named group and
// "{owner}" for the login name of the user who runs the unit. "{{" and "}}" are literal braces. Immutable,
// thread-safe.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::unit {

class LabelTemplate {
 public:
  // kInvalid for a brace without its pair and for a name that is neither "owner" nor one of the groups.
  static base::Result<LabelTemplate> parse(std::string_view text, const std::vector<std::string>& groups);

  bool needs_owner() const { return needs_owner_; }
  // `values` are those of the groups, in the order that parse() was given.
  std::string expand(const std::vector<std::string>& values, std::string_view owner) const;

 private:
  static constexpr std::size_t kLiteral = ~std::size_t{0};
  static constexpr std::size_t kOwner = kLiteral - 1;
  struct Piece {
    std::size_t group = kLiteral;
    std::string literal;
  };
  std::vector<Piece> pieces_;
  bool needs_owner_ = false;
};

}  // namespace ceems::unit
