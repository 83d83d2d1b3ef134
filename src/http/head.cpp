#include "http/head.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace ceems::http {

namespace {

constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c)
    table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c)
    table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c)
    table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kTokenTable = make_token_table();

std::unexpected<HeadFault> fault(int status, std::string_view reason) {
  return std::unexpected(HeadFault{status, reason});
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

// Cuts the line before the next CRLF off `rest`; the caller has checked that all line ends are CRLF.
std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find("\r\n");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
  return line;
}

// "HTTP/1.x": the x, or a fault.
std::expected<int, HeadFault> parse_version(std::string_view text) {
  if (text == "HTTP/1.1") return 1;
  if (text == "HTTP/1.0") return 0;
  const bool other_version = text.size() == 8 && text.starts_with("HTTP/") && text[5] >= '0' &&
                             text[5] <= '9' && text[6] == '.' && text[7] >= '0' && text[7] <= '9';
  if (other_version) return fault(505, "unsupported HTTP version");
  return fault(400, "malformed HTTP version");
}

// As many as most heads have.
constexpr std::size_t kUsualFields = 12;

std::expected<Fields, HeadFault> parse_fields(std::string_view rest) {
  Fields fields;
  fields.reserve(kUsualFields);
  std::size_t count = 0;
  while (true) {
    const std::string_view line = take_line(rest);
    if (line.empty()) break;
    const auto colon = line.find(':');
    // A folded line starts with a blank, so its "name" is no token.
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
      return fault(400, "malformed header field name");
    const std::string_view value = trim_blanks(line.substr(colon + 1));
    if (!is_field_value(value)) return fault(400, "malformed header field value");
    if (++count > kMaxFields) return fault(431, "too many header fields");
    fields.add(std::string(line.substr(0, colon)), std::string(value));
  }
  if (!rest.empty()) return fault(400, "malformed header");
  return fields;
}

bool is_host_text(std::string_view host) {
  return std::ranges::all_of(host, [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("/?#@\\\"<>^`{|},").find(c) == std::string_view::npos;
  });
}

// RFC 9112 §3.2.2: a server must take "GET http://host/path", and the authority replaces the Host field.
std::expected<void, HeadFault> reduce_absolute_form(RequestHead& head) {
  const auto scheme_end = head.target.find("://");
  const std::string scheme = base::to_lower(std::string_view(head.target).substr(0, scheme_end));
  if (scheme_end == std::string::npos || (scheme != "http" && scheme != "https"))
    return fault(400, "malformed request target");
  const std::string_view rest = std::string_view(head.target).substr(scheme_end + 3);
  const auto authority_end = std::min(rest.find_first_of("/?"), rest.size());
  const std::string authority(rest.substr(0, authority_end));
  if (authority.empty() || !is_host_text(authority)) return fault(400, "malformed request target");
  std::string path(rest.substr(authority_end));
  if (!path.starts_with('/')) path.insert(0, "/");
  head.target = std::move(path);
  head.fields.set("Host", authority);
  return {};
}

std::expected<void, HeadFault> check_host(const RequestHead& head) {
  const std::size_t hosts = head.fields.count("Host");
  if (hosts > 1) return fault(400, "more than one Host header");
  if (hosts == 0 && head.minor_version >= 1) return fault(400, "missing Host header");
  if (hosts == 1 && !is_host_text(*head.fields.find("Host"))) return fault(400, "malformed Host header");
  return {};
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return kTokenTable[static_cast<unsigned char>(c)]; });
}

bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= ' ' && byte != 0x7f);
  });
}

bool is_request_target_text(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
}

std::expected<std::size_t, HeadFault> find_head_end(std::string_view bytes, std::size_t checked) {
  // A line end may have been cut in two by the read before.
  std::size_t position = checked > 0 ? checked - 1 : 0;
  while (true) {
    position = bytes.find_first_of("\r\n", position);
    if (position == std::string_view::npos) return 0;
    if (bytes[position] == '\n') {
      if (position == 0 || bytes[position - 1] != '\r') return fault(400, "bare line feed");
      const bool empty_line = position == 1 || (position >= 3 && bytes[position - 2] == '\n');
      if (empty_line) return position + 1;
    } else if (position + 1 < bytes.size() && bytes[position + 1] != '\n') {
      return fault(400, "bare carriage return");
    }
    ++position;
  }
}

std::expected<RequestHead, HeadFault> parse_request_head(std::string_view head) {
  const auto end = find_head_end(head, 0);
  if (!end) return std::unexpected(end.error());
  if (*end != head.size()) return fault(400, "malformed header");

  std::string_view rest = head;
  const std::string_view line = take_line(rest);
  const auto first_blank = line.find(' ');
  const auto last_blank = line.rfind(' ');
  if (first_blank == std::string_view::npos || first_blank == last_blank)
    return fault(400, "malformed request line");
  RequestHead request;
  request.method = line.substr(0, first_blank);
  request.target = line.substr(first_blank + 1, last_blank - first_blank - 1);
  if (!is_token(request.method)) return fault(400, "malformed method");
  if (!is_request_target_text(request.target)) return fault(400, "malformed request target");
  const auto version = parse_version(line.substr(last_blank + 1));
  if (!version) return std::unexpected(version.error());
  request.minor_version = *version;
  auto fields = parse_fields(rest);
  if (!fields) return std::unexpected(fields.error());
  request.fields = *std::move(fields);
  if (const auto host = check_host(request); !host) return std::unexpected(host.error());

  const bool asterisk = request.target == "*" && request.method == "OPTIONS";
  if (!request.target.starts_with('/') && !asterisk) {
    if (const auto reduced = reduce_absolute_form(request); !reduced) return std::unexpected(reduced.error());
  }
  return request;
}

std::expected<ResponseHead, HeadFault> parse_response_head(std::string_view head) {
  const auto end = find_head_end(head, 0);
  if (!end) return std::unexpected(end.error());
  if (*end != head.size()) return fault(400, "malformed header");

  std::string_view rest = head;
  const std::string_view line = take_line(rest);
  // "HTTP/1.1 200 OK"; the reason may be missing, with or without the blank before it.
  if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' ') || !is_field_value(line))
    return fault(400, "malformed status line");
  const auto version = parse_version(line.substr(0, 8));
  if (!version) return std::unexpected(version.error());
  const auto status = base::parse_u64(line.substr(9, 3));
  if (!status || *status < 100) return fault(400, "malformed status");
  auto fields = parse_fields(rest);
  if (!fields) return std::unexpected(fields.error());
  return ResponseHead{static_cast<int>(*status), *version, *std::move(fields)};
}

bool has_token(const Fields& fields, std::string_view name, std::string_view token) {
  for (const auto& [field, value] : fields.entries()) {
    if (!base::equals_ignoring_case(field, name)) continue;
    for (const std::string_view item : base::split(value, ','))
      if (base::equals_ignoring_case(trim_blanks(item), token)) return true;
  }
  return false;
}

bool keeps_alive(const Fields& fields, int minor_version) {
  if (has_token(fields, "Connection", "close")) return false;
  return minor_version >= 1 || has_token(fields, "Connection", "keep-alive");
}

}  // namespace ceems::http
