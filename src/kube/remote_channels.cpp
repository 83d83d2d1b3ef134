#include "kube/remote_channels.h"

#include "base/text.h"
#include "json/read.h"

#include <algorithm>
#include <utility>

namespace ceems::kube {

namespace {

using base::ErrorCode;

constexpr char kOutput = 1;
constexpr char kErrors = 2;
constexpr char kStatus = 3;
constexpr std::size_t kMostStatus = std::size_t{16} << 10;
constexpr std::size_t kMostTold = 300;

std::optional<int> exit_status(const json::value& status) {
  const json::value* causes = json::at(status, {"details", "causes"});
  if (causes == nullptr || !causes->is_array()) return std::nullopt;
  for (const json::value& cause : causes->get_array()) {
    if (json::text_member(cause, "reason") != "ExitCode") continue;
    const auto number = base::parse_u64(json::text_member(cause, "message"));
    // 0 would be no failure.
    if (number && *number > 0 && *number < 256) return static_cast<int>(*number);
  }
  return std::nullopt;
}

std::string told(const json::value& status) {
  const std::string reason = json::text_member(status, "reason");
  const std::string message = json::text_member(status, "message");
  std::string both = reason + (reason.empty() || message.empty() ? "" : ": ") + message;
  if (both.size() > kMostTold) both = both.substr(0, kMostTold) + "...";
  std::ranges::replace_if(both, [](char c) { return !(c >= ' ' && c < 0x7f); }, ' ');
  return both;
}

}  // namespace

std::string told_in_status(std::string_view text) {
  const auto status = json::parse(text);
  return status ? told(*status) : "";
}

base::Result<std::optional<int>> parse_remote_status(std::string_view text) {
  const auto status = json::parse(text);
  if (!status) return std::nullopt;
  const std::string outcome = json::text_member(*status, "status");
  if (outcome == "Success") return 0;
  if (outcome != "Failure") return std::nullopt;
  if (json::text_member(*status, "reason") == "NonZeroExitCode") {
    if (const auto number = exit_status(*status)) return number;
  }
  const std::string why = told(*status);
  return base::fail(ErrorCode::kUnavailable, "", "could not be run: {}",
                    why.empty() ? "no reason told" : why);
}

base::Result<bool> RemoteChannels::take(std::string_view message) {
  if (message.empty()) return base::fail(ErrorCode::kInvalid, "", "a message of no channel");
  const char channel = message.front();
  const std::string_view bytes = message.substr(1);
  if (channel == kOutput) {
    if (bytes.size() > bounds_.output - result_.output.size())
      return base::fail(ErrorCode::kTooLarge, "", "printed more than {} bytes", bounds_.output);
    result_.output += bytes;
  } else if (channel == kErrors) {
    result_.errors += bytes.substr(0, bounds_.errors - result_.errors.size());
  } else if (channel == kStatus && !bytes.empty()) {
    if (bytes.size() > kMostStatus - status_.size())
      return base::fail(ErrorCode::kInvalid, "", "a status of more than {} bytes", kMostStatus);
    status_ += bytes;
    CEEMS_TRY(const std::optional<int> ended, parse_remote_status(status_));
    if (ended) result_.exit_status = *ended;
    return ended.has_value();
  }
  return false;
}

RemoteResult RemoteChannels::result() && {
  return std::move(result_);
}

}  // namespace ceems::kube
