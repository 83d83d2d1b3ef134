#include "unit/label_template.h"

#include "base/text.h"

#include <algorithm>

namespace ceems::unit {

base::Result<LabelTemplate> LabelTemplate::parse(std::string_view text,
                                                 const std::vector<std::string>& groups) {
  LabelTemplate result;
  const auto literal = [&](std::string_view more) {
    if (result.pieces_.empty() || result.pieces_.back().group != kLiteral) result.pieces_.emplace_back();
    result.pieces_.back().literal += more;
  };
  while (!text.empty()) {
    const std::size_t brace = text.find_first_of("{}");
    literal(text.substr(0, brace));
    if (brace == std::string_view::npos) break;
    text.remove_prefix(brace);
    const bool doubled = text.size() > 1 && text[1] == text[0];
    if (doubled) {
      literal(text.substr(0, 1));
      text.remove_prefix(2);
      continue;
    }
    const std::size_t close = text.find('}');
    if (text.front() == '}' || close == std::string_view::npos) {
      return base::fail(base::ErrorCode::kInvalid, "", "\"{}\" without its pair", text.front());
    }
    const std::string_view name = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (name == "owner") {
      result.pieces_.push_back(Piece{.group = kOwner, .literal = {}});
      result.needs_owner_ = true;
      continue;
    }
    const auto group = std::ranges::find(groups, name);
    if (group == groups.end()) {
      return base::fail(base::ErrorCode::kInvalid, "",
                        "\"{{{}}}\" is neither {{owner}} nor a named group of the pattern ({})", name,
                        base::join(groups, ", "));
    }
    result.pieces_.push_back(Piece{.group = static_cast<std::size_t>(group - groups.begin()), .literal = {}});
  }
  return result;
}

std::string LabelTemplate::expand(const std::vector<std::string>& values, std::string_view owner) const {
  std::string text;
  for (const Piece& piece : pieces_) {
    if (piece.group == kLiteral) {
      text += piece.literal;
    } else if (piece.group == kOwner) {
      text += owner;
    } else if (piece.group < values.size()) {
      text += values[piece.group];
    }
  }
  return text;
}

}  // namespace ceems::unit
