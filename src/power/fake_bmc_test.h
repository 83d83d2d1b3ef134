// For tests: a BMC that answers from a list, "NETFN COMMAND DATA… = ANSWER…", all bytes in hexadecimal; lines
// that start with # are left out. To what is not in the list it answers with completion code c1 (invalid
// command).
#pragma once

#include "base/text.h"
#include "power/ipmi_transport.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <string_view>

namespace ceems::power {

class FakeBmc final : public IpmiTransport {
 public:
  explicit FakeBmc(std::string_view answers) {
    std::string_view line;
    while (base::next_line(answers, line)) {
      const std::size_t equals = line.find('=');
      if (line.starts_with('#') || equals == std::string_view::npos) continue;
      answers_[bytes(line.substr(0, equals))] = bytes(line.substr(equals + 1));
    }
  }
  FakeBmc(FakeBmc&& other) noexcept
      : answers_(std::move(other.answers_)), largest_part_(other.largest_part_) {}

  void forget(std::string_view request) { answers_.erase(bytes(request)); }
  // Records are given in parts of at most this size, under reservation 0x1234.
  void set_largest_part(std::size_t size) { largest_part_ = size; }

  base::Result<IpmiBytes> ask(const IpmiRequest& request) override {
    if (largest_part_ > 0 && request.net_function == 0x0A) {
      if (request.command == 0x22) return IpmiBytes{0, 0x34, 0x12};
      if (request.command == 0x23) return part(request.data);
    }
    IpmiBytes asked{request.net_function, request.command};
    asked.insert(asked.end(), request.data.begin(), request.data.end());
    const auto known = answers_.find(asked);
    return known == answers_.end() ? IpmiBytes{0xC1} : known->second;
  }

 private:
  static IpmiBytes bytes(std::string_view text) {
    IpmiBytes result;
    std::string_view word;
    while (base::next_word(text, word)) {
      std::uint8_t byte = 0;
      std::from_chars(word.data(), word.data() + word.size(), byte, 16);
      result.push_back(byte);
    }
    return result;
  }

  IpmiBytes part(const IpmiBytes& data) const {
    if (data[5] > largest_part_) return {0xCA};
    if (data[0] != 0x34 || data[1] != 0x12) return {0xC5};
    const auto known = answers_.find({0x0A, 0x23, 0, 0, data[2], data[3], 0, 0xFF});
    if (known == answers_.end()) return {0xCB};
    const IpmiBytes& whole = known->second;
    IpmiBytes answer(whole.begin(), whole.begin() + 3);
    for (std::size_t i = 0; i < data[5] && 3 + data[4] + i < whole.size(); ++i)
      answer.push_back(whole[3 + data[4] + i]);
    return answer;
  }

  std::map<IpmiBytes, IpmiBytes> answers_;
  std::size_t largest_part_ = 0;
};

}  // namespace ceems::power
