#include "lb/label_filter.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace ceems::lb {

namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;
// Members deeper than this are never held against anything.
constexpr std::size_t kNamedDepth = 4;

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// What numbers, true, false and null are made of.
bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' ||
         c == '.';
}

std::optional<unsigned> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(0, 4)) {
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A') + 10;
    } else {
      return std::nullopt;
    }
    value = value * 16 + digit;
  }
  return value;
}

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&out](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

// The text of a JSON string (RFC 8259 §7) with its quotes. A broken escape stays as it is.
std::string unquote(std::string_view raw) {
  raw = raw.substr(1, raw.size() - 2);
  std::string text;
  while (!raw.empty()) {
    if (raw.front() != '\\' || raw.size() < 2) {
      text += raw.front();
      raw.remove_prefix(1);
      continue;
    }
    const char c = raw[1];
    raw.remove_prefix(2);
    constexpr std::string_view kFrom = "bfnrt";
    constexpr std::string_view kTo = "\b\f\n\r\t";
    if (const auto at = kFrom.find(c); at != std::string_view::npos) {
      text += kTo[at];
    } else if (const auto code = hex4(raw); c == 'u' && code) {
      raw.remove_prefix(4);
      unsigned point = *code;
      if (point >= 0xD800 && point < 0xDC00 && raw.starts_with("\\u")) {
        if (const auto low = hex4(raw.substr(2)); low && *low >= 0xDC00 && *low < 0xE000) {
          point = 0x10000 + ((point - 0xD800) << 10) + (*low - 0xDC00);
          raw.remove_prefix(6);
        }
      }
      append_utf8(text, point);
    } else {
      text += c;
    }
  }
  return text;
}

std::unexpected<base::Error> broken(std::string_view what) {
  return base::fail(base::ErrorCode::kInvalid, "", "the answer is not JSON: {}", what);
}

}  // namespace

bool can_filter_labels(TsdbResource resource) {
  switch (resource) {
    case TsdbResource::kQuery:
    case TsdbResource::kQueryRange:
    case TsdbResource::kQueryExemplars:
    case TsdbResource::kSeries:
    case TsdbResource::kLabels:
    case TsdbResource::kLabelValues:
      return true;
    default:
      return false;
  }
}

LabelFilter::LabelFilter(TsdbResource resource, std::string_view label,
                         const std::vector<std::string>& filtered)
    : resource_(resource),
      drops_data_(resource == TsdbResource::kLabelValues &&
                  std::ranges::find(filtered, label) != filtered.end()),
      filtered_(filtered.begin(), filtered.end()) {}

base::Status LabelFilter::feed(std::string_view bytes, std::string& out) {
  while (!bytes.empty()) {
    // The inside of strings and numbers, most of what there is, goes through in one piece.
    if (state_ == State::kString && !escaped_ && !keeps_text_) {
      const std::size_t plain = std::min(bytes.find_first_of("\"\\"), bytes.size());
      write(bytes.substr(0, plain), out);
      bytes.remove_prefix(plain);
      if (bytes.empty()) break;
    }
    CEEMS_TRY_VOID(step(bytes.front(), out));
    bytes.remove_prefix(1);
  }
  return {};
}

base::Status LabelFilter::end() const {
  // A number at top level ends with the answer.
  const bool done = state_ == State::kDone || (state_ == State::kWord && frames_.empty());
  return done ? base::Status() : broken("it ends too early");
}

base::Status LabelFilter::step(char c, std::string& out) {
  if (state_ == State::kString || state_ == State::kKeyString) {
    if (keeps_text_) {
      if (text_.size() >= kMaxTextBytes)
        return base::fail(base::ErrorCode::kTooLarge, "", "a name in the answer is too long");
      text_ += c;
    } else {
      write({&c, 1}, out);
    }
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      return state_ == State::kKeyString ? end_key(out) : end_string(out);
    }
    return {};
  }
  if (state_ == State::kWord) {
    if (!is_blank(c) && c != ',' && c != ']' && c != '}') {
      if (!is_word(c)) return broken("a value is none");
      write({&c, 1}, out);
      return {};
    }
    end_value();
  }
  if (is_blank(c)) return {};
  switch (state_) {
    case State::kFirstValue:
      if (c == ']') return close(false, out);
      return begin_value(c, out);
    case State::kValue:
      return begin_value(c, out);
    case State::kFirstKey:
      if (c == '}') return close(true, out);
      [[fallthrough]];
    case State::kKey:
      if (c != '"') return broken("a name is missing");
      state_ = State::kKeyString;
      keeps_text_ = true;
      text_ = '"';
      return {};
    case State::kColon:
      if (c != ':') return broken("a colon is missing");
      write(":", out);
      state_ = State::kValue;
      return {};
    case State::kAfter: {
      if (c == ']' || c == '}') return close(c == '}', out);
      if (c != ',') return broken("a comma is missing");
      state_ = frames_.back().object ? State::kKey : State::kValue;
      return {};
    }
    default:
      return broken("something follows its end");
  }
}

base::Status LabelFilter::begin_value(char c, std::string& out) {
  Frame* const parent = frames_.empty() ? nullptr : &frames_.back();
  const bool may_go = parent != nullptr && parent->held == Held::kElements && !skips() && c == '"';
  if (parent != nullptr && !parent->object && !may_go) {
    if (parent->any) write(",", out);
    parent->any = true;
  }
  if (c == '{' || c == '[') return open(c == '{', out);
  if (c == '"') {
    state_ = State::kString;
    keeps_text_ = may_go;
    text_ = '"';
    if (!may_go) write("\"", out);
    return {};
  }
  if (!is_word(c)) return broken("a value is missing");
  write({&c, 1}, out);
  state_ = State::kWord;
  return {};
}

base::Status LabelFilter::open(bool object, std::string& out) {
  if (frames_.size() >= kMaxDepth)
    return base::fail(base::ErrorCode::kTooLarge, "", "the answer is nested too deeply");
  write(object ? "{" : "[", out);
  frames_.push_back({.object = object, .held = held_at(object)});
  state_ = object ? State::kFirstKey : State::kFirstValue;
  return {};
}

base::Status LabelFilter::close(bool object, std::string& out) {
  if (frames_.empty() || frames_.back().object != object) return broken("brackets do not match");
  frames_.pop_back();
  write(object ? "}" : "]", out);
  end_value();
  return {};
}

base::Status LabelFilter::end_key(std::string& out) {
  Frame& frame = frames_.back();
  keeps_text_ = false;
  state_ = State::kColon;
  if (frames_.size() <= kNamedDepth) frame.name = unquote(text_);
  const bool goes = (frame.held == Held::kNames && is_filtered(text_)) ||
                    (frame.held == Held::kDropsData && frame.name == "data");
  if (goes && !skips()) {
    skipped_depth_ = frames_.size() + 1;
    return {};
  }
  if (frame.any) write(",", out);
  write(text_, out);
  if (!skips()) frame.any = true;
  return {};
}

base::Status LabelFilter::end_string(std::string& out) {
  if (keeps_text_) {
    keeps_text_ = false;
    Frame& frame = frames_.back();
    if (!is_filtered(text_)) {
      if (frame.any) write(",", out);
      write(text_, out);
      frame.any = true;
    }
  }
  end_value();
  return {};
}

void LabelFilter::end_value() {
  if (skipped_depth_ == frames_.size() + 1) skipped_depth_ = 0;
  state_ = frames_.empty() ? State::kDone : State::kAfter;
}

void LabelFilter::write(std::string_view text, std::string& out) {
  if (!skips()) out += text;
}

// What stands where: {"data":{"result":[{"metric":{…}}]}}, {"data":[{…}]}, {"data":[…]},
// {"data":[{"seriesLabels":{…}}]}. Called before the frame that it is about is there.
LabelFilter::Held LabelFilter::held_at(bool object) const {
  const std::size_t depth = frames_.size();
  if (depth == 0) return object && drops_data_ ? Held::kDropsData : Held::kNot;
  if (frames_[0].name != "data") return Held::kNot;
  switch (resource_) {
    case TsdbResource::kQuery:
    case TsdbResource::kQueryRange:
      return object && depth == 4 && frames_[1].object && frames_[1].name == "result" && !frames_[2].object &&
                     frames_[3].object && frames_[3].name == "metric"
                 ? Held::kNames
                 : Held::kNot;
    case TsdbResource::kQueryExemplars:
      return object && depth == 3 && !frames_[1].object && frames_[2].object &&
                     frames_[2].name == "seriesLabels"
                 ? Held::kNames
                 : Held::kNot;
    case TsdbResource::kSeries:
      return object && depth == 2 && !frames_[1].object ? Held::kNames : Held::kNot;
    case TsdbResource::kLabels:
      return !object && depth == 1 ? Held::kElements : Held::kNot;
    default:
      return Held::kNot;
  }
}

bool LabelFilter::is_filtered(std::string_view raw) const {
  return filtered_.contains(
      raw.find('\\') == std::string_view::npos ? std::string(raw.substr(1, raw.size() - 2)) : unquote(raw));
}

}  // namespace ceems::lb
