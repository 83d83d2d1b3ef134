#include "http/framing.h"

#include "base/text.h"

#include <algorithm>

namespace ceems::http {

namespace {

constexpr std::size_t kMaxChunkLine = 128;
constexpr std::size_t kMaxTrailerLine = 4096;
constexpr std::size_t kMaxTrailerBytes = 8192;

std::unexpected<HeadFault> fault(int status, std::string_view reason) {
  return std::unexpected(HeadFault{status, reason});
}

std::expected<Framing, HeadFault> declared_framing(const Fields& fields, int minor_version) {
  const std::size_t lengths = fields.count("Content-Length");
  const std::size_t codings = fields.count("Transfer-Encoding");
  if (lengths > 0 && codings > 0) return fault(400, "both Content-Length and Transfer-Encoding");
  if (lengths > 1) return fault(400, "more than one Content-Length");
  if (codings > 1) return fault(400, "more than one Transfer-Encoding");
  if (codings == 1) {
    if (minor_version < 1) return fault(400, "Transfer-Encoding in HTTP/1.0");
    if (!base::equals_ignoring_case(*fields.find("Transfer-Encoding"), "chunked"))
      return fault(501, "unsupported transfer coding");
    return Framing{BodyKind::kChunked, 0};
  }
  if (lengths == 1) {
    const auto length = base::parse_u64(*fields.find("Content-Length"));
    if (!length) return fault(400, "malformed Content-Length");
    return Framing{BodyKind::kLength, *length};
  }
  return Framing{};
}

// "1f", "1f;name=value": the size.
std::expected<std::uint64_t, HeadFault> parse_chunk_size(std::string_view line) {
  std::uint64_t size = 0;
  std::size_t digits = 0;
  for (; digits < line.size(); ++digits) {
    const char c = line[digits];
    unsigned value = 0;
    if (c >= '0' && c <= '9')
      value = static_cast<unsigned>(c - '0');
    else if (c >= 'a' && c <= 'f')
      value = static_cast<unsigned>(c - 'a') + 10;
    else if (c >= 'A' && c <= 'F')
      value = static_cast<unsigned>(c - 'A') + 10;
    else
      break;
    if (digits == 15) return fault(400, "chunk size out of range");
    size = size * 16 + value;
  }
  std::string_view extension = line.substr(digits);
  if (digits == 0) return fault(400, "malformed chunk size");
  while (!extension.empty() && (extension.front() == ' ' || extension.front() == '\t'))
    extension.remove_prefix(1);
  const bool blanks_alone = extension.empty() && digits != line.size();
  if (blanks_alone || (!extension.empty() && extension.front() != ';') || !is_field_value(extension))
    return fault(400, "malformed chunk extension");
  return size;
}

// Framing in a trailer (RFC 9110 §6.5.1) is somebody's attempt at something.
bool is_trailer_name(std::string_view name) {
  return is_token(name) && !base::equals_ignoring_case(name, "Content-Length") &&
         !base::equals_ignoring_case(name, "Transfer-Encoding");
}

}  // namespace

std::expected<Framing, HeadFault> request_framing(const RequestHead& head) {
  return declared_framing(head.fields, head.minor_version);
}

std::expected<Framing, HeadFault> response_framing(const ResponseHead& head,
                                                   std::string_view request_method) {
  const bool bodiless = request_method == "HEAD" || head.status < 200 || head.status == 204 ||
                        head.status == 304 || (request_method == "CONNECT" && head.status < 300);
  const auto declared = declared_framing(head.fields, head.minor_version);
  // Nonsense is refused even where nothing follows.
  if (bodiless && declared) return Framing{};
  if (declared && declared->kind == BodyKind::kNone) return Framing{BodyKind::kUntilClose, 0};
  return declared;
}

std::expected<void, HeadFault> ChunkDecoder::end_line() {
  // `line_` ends with CR; the LF has just been seen.
  if (line_.empty() || line_.back() != '\r') return fault(400, "bare line feed in a chunked body");
  line_.pop_back();
  if (line_.find('\r') != std::string::npos) return fault(400, "bare carriage return in a chunked body");
  switch (state_) {
    case State::kSize: {
      const auto size = parse_chunk_size(line_);
      if (!size) return std::unexpected(size.error());
      remaining_ = *size;
      state_ = *size == 0 ? State::kTrailer : State::kData;
      break;
    }
    case State::kDataEnd:
      if (!line_.empty()) return fault(400, "chunk longer than its size");
      state_ = State::kSize;
      break;
    case State::kTrailer: {
      if (line_.empty()) {
        state_ = State::kDone;
        break;
      }
      const std::string_view line = line_;
      const auto colon = line.find(':');
      if (colon == std::string_view::npos || !is_trailer_name(line.substr(0, colon)) ||
          !is_field_value(line.substr(colon + 1)))
        return fault(400, "malformed trailer field");
      break;
    }
    case State::kData:
    case State::kDone:
      break;
  }
  line_.clear();
  return {};
}

std::expected<std::size_t, HeadFault> ChunkDecoder::feed(std::string_view input, std::string& body,
                                                         std::size_t limit) {
  std::size_t used = 0;
  while (used < input.size() && state_ != State::kDone) {
    if (state_ == State::kData) {
      const auto available = static_cast<std::uint64_t>(input.size() - used);
      const auto taken = static_cast<std::size_t>(std::min(remaining_, available));
      if (taken > limit - std::min(limit, body.size())) return fault(413, "body too large");
      body.append(input, used, taken);
      used += taken;
      remaining_ -= taken;
      if (remaining_ == 0) state_ = State::kDataEnd;
      continue;
    }
    const char c = input[used++];
    if (c == '\n') {
      if (const auto ended = end_line(); !ended) return std::unexpected(ended.error());
      continue;
    }
    const std::size_t line_limit = state_ == State::kTrailer ? kMaxTrailerLine : kMaxChunkLine;
    if (line_.size() >= line_limit) return fault(400, "overlong line in a chunked body");
    if (state_ == State::kTrailer && ++trailer_bytes_ > kMaxTrailerBytes)
      return fault(400, "too many trailer fields");
    // What cannot become the end of a chunk is told at once, not after the next line end.
    if (state_ == State::kDataEnd && c != '\r') return fault(400, "chunk longer than its size");
    line_ += c;
  }
  return used;
}

void append_chunk_start(std::string& out, std::size_t size) {
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", size);
}

}  // namespace ceems::http
