// Takes labels out of what a Prometheus-compatible server answers, while it streams through: memory does not
// depend on the size of the answer. All else stays as it was written, but for blanks between tokens.
#pragma once

#include "base/result.h"
#include "lb/tsdb_routes.h"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace ceems::lb {

// Whether an answer to that resource has labels that can be taken out.
bool can_filter_labels(TsdbResource resource);

// Not thread-safe; one for each answer.
class LabelFilter {
 public:
  // `label` is that of TsdbResource::kLabelValues.
  LabelFilter(TsdbResource resource, std::string_view label, const std::vector<std::string>& filtered);

  // Appends to `out` what stays of the next bytes. kInvalid for what is no JSON, kTooLarge where it is nested
  // deeper or has longer names than any answer: nothing more can be done with this answer then.
  base::Status feed(std::string_view bytes, std::string& out);
  // kInvalid if the answer is not complete.
  base::Status end() const;

 private:
  enum class State : std::uint8_t {
    kValue,
    kFirstValue,
    kKey,
    kFirstKey,
    kColon,
    kAfter,
    kString,
    kKeyString,
    kWord,
    kDone
  };
  // What the names or elements inside are held against.
  enum class Held : std::uint8_t { kNot, kNames, kElements, kDropsData };
  struct Frame {
    bool object = false;
    Held held = Held::kNot;
    bool any = false;    // something was written in it
    std::string name{};  // of the member that is being read; only near the root
  };

  base::Status step(char c, std::string& out);
  base::Status begin_value(char c, std::string& out);
  base::Status open(bool object, std::string& out);
  base::Status close(bool object, std::string& out);
  base::Status end_key(std::string& out);
  base::Status end_string(std::string& out);
  void end_value();
  bool skips() const { return skipped_depth_ != 0; }
  void write(std::string_view text, std::string& out);
  Held held_at(bool object) const;
  bool is_filtered(std::string_view raw) const;

  const TsdbResource resource_;
  const bool drops_data_;
  const std::set<std::string, std::less<>> filtered_;
  State state_ = State::kValue;
  std::vector<Frame> frames_;
  std::string text_;               // of the name, or of the element that may not stay, with its quotes
  bool escaped_ = false;           // the byte before was a backslash
  bool keeps_text_ = false;        // the string is collected in text_
  std::size_t skipped_depth_ = 0;  // frames when skipping began, plus one; 0: not skipping
};

}  // namespace ceems::lb
