#include "base/text.h"
#include "http/compression.h"

#include <algorithm>

namespace ceems::http {

namespace {

// A quality value (RFC 9110 §12.4.2) in thousandths; nothing if malformed.
std::optional<int> parse_quality(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int thousandths = (text[0] - '0') * 1000;
  if (text.size() == 1) return thousandths;
  if (text[1] != '.') return std::nullopt;
  int weight = 100;
  for (const char digit : text.substr(2)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    thousandths += (digit - '0') * weight;
    weight /= 10;
  }
  return thousandths <= 1000 ? std::optional(thousandths) : std::nullopt;
}

struct Wish {
  std::string_view coding;
  int quality = 1000;
};

// "gzip;q=0.5". A malformed quality counts as a refusal of that coding.
Wish parse_wish(std::string_view item) {
  const auto semicolon = item.find(';');
  Wish wish{base::trim(item.substr(0, semicolon)), 1000};
  if (semicolon == std::string_view::npos) return wish;
  std::string_view parameter = base::trim(item.substr(semicolon + 1));
  if (!base::to_lower(parameter.substr(0, 2)).starts_with("q=")) return {wish.coding, 0};
  wish.quality = parse_quality(parameter.substr(2)).value_or(0);
  return wish;
}

struct Wishes {
  std::optional<int> gzip, deflate, identity, any;
};

Wishes parse_wishes(std::string_view accept_encoding) {
  Wishes wishes;
  for (const std::string_view item : base::split(accept_encoding, ',')) {
    const Wish wish = parse_wish(item);
    if (base::equals_ignoring_case(wish.coding, "gzip") || base::equals_ignoring_case(wish.coding, "x-gzip"))
      wishes.gzip = wish.quality;
    else if (base::equals_ignoring_case(wish.coding, "deflate"))
      wishes.deflate = wish.quality;
    else if (base::equals_ignoring_case(wish.coding, "identity"))
      wishes.identity = wish.quality;
    else if (wish.coding == "*")
      wishes.any = wish.quality;
  }
  return wishes;
}

}  // namespace

std::string_view coding_name(Coding coding) {
  switch (coding) {
    case Coding::kIdentity:
      return "identity";
    case Coding::kGzip:
      return "gzip";
    case Coding::kDeflate:
      return "deflate";
  }
  return "identity";
}

Coding negotiate_coding(std::optional<std::string_view> accept_encoding, bool allow_deflate) {
  if (!accept_encoding) return Coding::kIdentity;
  const Wishes wishes = parse_wishes(*accept_encoding);
  const int gzip = wishes.gzip.value_or(wishes.any.value_or(0));
  const int deflate = allow_deflate ? wishes.deflate.value_or(wishes.any.value_or(0)) : 0;
  // An unnamed identity is acceptable, but wanted less than any coding that was named.
  const int identity = wishes.identity.value_or(0);
  if (gzip > 0 && gzip >= deflate && gzip >= identity) return Coding::kGzip;
  if (deflate > 0 && deflate >= identity) return Coding::kDeflate;
  return Coding::kIdentity;
}

}  // namespace ceems::http
