#include "store/json_scan.h"

#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace ceems::store {

namespace {

constexpr int kMaxDepth = 32;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12));
    put(0x80U | ((code >> 6) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18));
    put(0x80U | ((code >> 12) & 0x3FU));
    put(0x80U | ((code >> 6) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

// Characters that HTML gives a meaning, as JSON escapes. They stand only inside strings in a valid text.
void append_escaped_for_html(std::string& out, std::string_view json) {
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '<') {
      out += "\\u003c";
    } else if (c == '>') {
      out += "\\u003e";
    } else if (c == '&') {
      out += "\\u0026";
    } else if (json.substr(i, 3) == "\xE2\x80\xA8" || json.substr(i, 3) == "\xE2\x80\xA9") {
      out += json[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      out += c;
    }
  }
}

}  // namespace

std::unexpected<base::Error> JsonScanner::error(std::string_view what) const {
  return base::fail(base::ErrorCode::kInvalid, "", "{} at byte {}", what, position_);
}

void JsonScanner::skip_blanks() {
  while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\t' ||
                                      text_[position_] == '\n' || text_[position_] == '\r'))
    ++position_;
}

bool JsonScanner::finished() {
  skip_blanks();
  return position_ == text_.size();
}

bool JsonScanner::holds_nothing() {
  if (finished()) return true;
  const std::size_t before = position_;
  if (accept_word("null") && finished()) return true;
  position_ = before;
  return false;
}

bool JsonScanner::at(char c) {
  skip_blanks();
  return position_ < text_.size() && text_[position_] == c;
}

bool JsonScanner::accept(char c) {
  if (!at(c)) return false;
  ++position_;
  return true;
}

bool JsonScanner::accept_word(std::string_view word) {
  skip_blanks();
  if (!text_.substr(position_).starts_with(word)) return false;
  position_ += word.size();
  return true;
}

base::Result<unsigned> JsonScanner::hex4() {
  unsigned value = 0;
  if (text_.size() - position_ < 4) return error("short escape");
  const char* begin = text_.data() + position_;
  const auto [end, code] = std::from_chars(begin, begin + 4, value, 16);
  if (code != std::errc() || end != begin + 4) return error("bad escape");
  position_ += 4;
  return value;
}

base::Result<std::string> JsonScanner::string() {
  if (!accept('"')) return error("expected a string");
  std::string out;
  bool ascii = true;
  while (position_ < text_.size()) {
    const char c = text_[position_++];
    if (c == '"') {
      if (!ascii && !base::is_valid_utf8(out)) return error("not valid UTF-8");
      return out;
    }
    ascii = ascii && static_cast<unsigned char>(c) < 0x80;
    if (static_cast<unsigned char>(c) < 0x20) return error("control character in a string");
    if (c != '\\') {
      out += c;
      continue;
    }
    if (position_ == text_.size()) break;
    const char escape = text_[position_++];
    switch (escape) {
      case '"':
      case '\\':
      case '/':
        out += escape;
        break;
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u': {
        CEEMS_TRY(std::uint32_t code, hex4());
        if (code >= 0xD800 && code < 0xDC00 && text_.substr(position_).starts_with("\\u")) {
          const std::size_t before = position_;
          position_ += 2;
          CEEMS_TRY(const std::uint32_t low, hex4());
          if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
          } else {
            position_ = before;
          }
        }
        append_utf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
        break;
      }
      default:
        return error("unknown escape");
    }
  }
  return error("unfinished string");
}

base::Result<double> JsonScanner::number() {
  skip_blanks();
  std::size_t first_digit = position_;
  if (first_digit < text_.size() && text_[first_digit] == '-') ++first_digit;
  if (first_digit >= text_.size() || !is_digit(text_[first_digit])) return error("expected a number");
  if (text_[first_digit] == '0' && first_digit + 1 < text_.size() && is_digit(text_[first_digit + 1]))
    return error("leading zero");
  double value = 0;
  const auto [end, code] = std::from_chars(text_.data() + position_, text_.data() + text_.size(), value);
  if (code == std::errc::result_out_of_range) return error("number out of range");
  if (code != std::errc() || !is_digit(*(end - 1))) return error("bad number");
  position_ = static_cast<std::size_t>(end - text_.data());
  return value;
}

base::Status JsonScanner::skip_members(char close, int depth, bool named) {
  ++position_;
  if (accept(close)) return {};
  do {
    if (named) {
      CEEMS_TRY_VOID(string());
      if (!accept(':')) return error("expected ':'");
    }
    CEEMS_TRY_VOID(skip_value(depth - 1));
  } while (accept(','));
  if (!accept(close)) return error("unfinished object or list");
  return {};
}

base::Status JsonScanner::skip_value(int depth) {
  if (at('{') || at('[')) {
    if (depth <= 0) return error("too deep");
    return at('{') ? skip_members('}', depth, true) : skip_members(']', depth, false);
  }
  if (at('"')) {
    CEEMS_TRY_VOID(string());
    return {};
  }
  if (accept_word("true") || accept_word("false") || accept_word("null")) return {};
  const std::size_t before = position_;
  if (auto value = number(); !value) {
    // A number that no double holds is still a number.
    if (value.error().message.starts_with("number out of range")) {
      position_ = text_.find_first_not_of("+-.eE0123456789", before);
      if (position_ == std::string_view::npos) position_ = text_.size();
      return {};
    }
    return std::unexpected(std::move(value).error());
  }
  return {};
}

void append_json_string(std::string& out, std::string_view text) {
  // Nearly every text is plain.
  const bool plain = std::ranges::all_of(text, [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
  });
  if (plain) {
    out += '"';
    out += text;
    out += '"';
    return;
  }
  append_escaped_for_html(out, base::json_quote(text));
}

base::Result<std::vector<std::string>> parse_string_list(std::string_view json) {
  std::vector<std::string> list;
  JsonScanner scanner(json);
  if (scanner.holds_nothing()) return list;
  if (!scanner.accept('[')) return scanner.error("expected a list");
  if (!scanner.accept(']')) {
    do {
      CEEMS_TRY(std::string item, scanner.string());
      list.push_back(std::move(item));
    } while (scanner.accept(','));
    if (!scanner.accept(']')) return scanner.error("expected ']'");
  }
  if (!scanner.finished()) return scanner.error("text after the list");
  return list;
}

std::string to_json(const std::vector<std::string>& list) {
  std::string out = "[";
  for (const std::string& item : list) {
    if (out.size() > 1) out += ',';
    append_json_string(out, item);
  }
  out += ']';
  return out;
}

base::Result<std::string> splice_object(std::string_view json) {
  JsonScanner scanner(json);
  if (scanner.holds_nothing()) return std::string("{}");
  if (!scanner.at('{')) return scanner.error("expected an object");
  CEEMS_TRY_VOID(scanner.skip_value(kMaxDepth));
  if (!scanner.finished()) return scanner.error("text after the object");
  std::string out;
  out.reserve(json.size());
  append_escaped_for_html(out, json);
  return out;
}

}  // namespace ceems::store
