#include "exposition/negotiate.h"

#include "base/text.h"

#include <optional>

namespace ceems::exposition {

namespace {

// One element of an Accept list, and the parameters that matter here.
struct Wish {
  std::string_view what;
  std::string_view proto;
  std::string_view encoding;
  std::string_view version;
  double weight = 1;
};

std::string_view unquote(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

Wish parse_wish(std::string_view element) {
  Wish wish;
  bool first = true;
  for (const std::string_view piece : base::split(element, ';')) {
    if (first) {
      wish.what = base::trim(piece);
      first = false;
      continue;
    }
    const std::size_t equals = piece.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = base::trim(piece.substr(0, equals));
    const std::string_view value = unquote(base::trim(piece.substr(equals + 1)));
    if (base::equals_ignoring_case(name, "q")) {
      wish.weight = base::parse_double(value).value_or(0);
    } else if (base::equals_ignoring_case(name, "proto")) {
      wish.proto = value;
    } else if (base::equals_ignoring_case(name, "encoding")) {
      wish.encoding = value;
    } else if (base::equals_ignoring_case(name, "version")) {
      wish.version = value;
    }
  }
  return wish;
}

std::optional<Format> format_of(const Wish& wish) {
  if (base::equals_ignoring_case(wish.what, "application/vnd.google.protobuf") &&
      wish.proto == "io.prometheus.client.MetricFamily" && wish.encoding == "delimited") {
    return Format::kDelimitedProtobuf;
  }
  if (base::equals_ignoring_case(wish.what, "text/plain") &&
      (wish.version.empty() || wish.version == "0.0.4"))
    return Format::kText;
  if (wish.what == "*/*" || base::equals_ignoring_case(wish.what, "text/*")) return Format::kText;
  return std::nullopt;
}

}  // namespace

Format negotiate_format(std::string_view accept) {
  Format best = Format::kText;
  double best_weight = 0;
  for (const std::string_view element : base::split(accept, ',')) {
    const Wish wish = parse_wish(element);
    const std::optional<Format> format = format_of(wish);
    if (format && wish.weight > best_weight) {
      best = *format;
      best_weight = wish.weight;
    }
  }
  return best;
}

std::string_view content_type(Format format) {
  if (format == Format::kDelimitedProtobuf) {
    return "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited; "
           "escaping=underscores";
  }
  return "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";
}

}  // namespace ceems::exposition
