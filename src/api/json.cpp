#include "api/json.h"

#include <array>
#include <cstdint>

#include <fmt/format.h>

namespace ceems::api {

namespace {

constexpr std::string_view kHex = "0123456789abcdef";

void append_code(std::string& out, unsigned code) {
  out += "\\u";
  for (const int shift : {12, 8, 4, 0})
    out += kHex[(code >> shift) & 15U];
}

// Length of the UTF-8 sequence at the start of `text`; 0 if it is none (RFC 3629).
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  const std::size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xE0 && at(1) < 0xA0) || (first == 0xF0 && at(1) < 0x90);
  const bool surrogate = first == 0xED && at(1) > 0x9F;
  const bool beyond = first == 0xF4 && at(1) > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = 0x20; c < 0x80; ++c)
    plain[c] = c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
  return plain;
}();

// U+2028 and U+2029 end lines in JavaScript but not in JSON.
bool is_line_separator(std::string_view sequence) {
  return sequence == "\xE2\x80\xA8" || sequence == "\xE2\x80\xA9";
}

void append_special(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      append_code(out, c);
  }
}

// What is JSON already: only what must not stand in a page is escaped, which can only be inside of strings.
void append_json_text(std::string& out, std::string_view json) {
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '<' || c == '>' || c == '&') {
      append_code(out, static_cast<unsigned char>(c));
    } else if (c == '\xE2' && is_line_separator(json.substr(i, 3))) {
      append_code(out, json[i + 2] == '\xA8' ? 0x2028 : 0x2029);
      i += 2;
    } else {
      out += c;
    }
  }
}

class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  ~Members() { out_ += '}'; }
  Members(const Members&) = delete;
  Members& operator=(const Members&) = delete;

  // `name` is one of ours and needs no escaping.
  std::string& key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += name;
    out_ += "\":";
    return out_;
  }
  // Of one that is not the first, as it is written: `,"name":`.
  std::string& later(std::string_view key) { return out_ += key; }
  void text(std::string_view name, std::string_view value) { append_string(key(name), value); }
  void text_if(std::string_view name, std::string_view value) {
    if (!value.empty()) text(name, value);
  }
  void number(std::string_view name, std::int64_t value) {
    const fmt::format_int digits(value);
    key(name).append(digits.data(), digits.size());
  }
  void number_if(std::string_view name, std::int64_t value) {
    if (value != 0) number(name, value);
  }
  void map_if(std::string_view name, const store::MetricMap& map) {
    if (!map.empty()) store::append_json(key(name), map);
  }
  void json_if(std::string_view name, std::string_view json) {
    if (!json.empty() && json != "{}" && json != "[]" && json != "null") append_json_text(key(name), json);
  }
  void list(std::string_view name, const std::vector<std::string>& values) {
    std::string& out = key(name);
    out += '[';
    for (const std::string& value : values) {
      if (&value != &values.front()) out += ',';
      append_string(out, value);
    }
    out += ']';
  }
  void list_if(std::string_view name, const std::vector<std::string>& values) {
    if (!values.empty()) list(name, values);
  }

 private:
  std::string& out_;
  bool first_ = true;
};

// The names of all metrics, as Members::later() takes them.
std::array<std::string, store::kMetricCount> later_keys() {
  std::array<std::string, store::kMetricCount> keys;
  for (const store::Metric metric : store::all_metrics())
    keys[static_cast<std::size_t>(metric)] = fmt::format(",\"{}\":", store::metric_name(metric));
  return keys;
}

// What stands in front of the numbers of usage.
template <class Row>
void add_owner(Members& members, const Row& usage) {
  members.text("cluster_id", usage.cluster_id);
  members.text("resource_manager", usage.resource_manager);
  members.number("num_units", usage.num_units);
  members.text("project", usage.project);
  members.text("groupname", usage.groupname);
  members.text("username", usage.username);
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && kPlain[static_cast<unsigned char>(text[plain])])
      ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;

    const auto c = static_cast<unsigned char>(text.front());
    std::size_t length = 1;
    if (c < 0x80) {
      append_special(out, c);
    } else if (length = sequence_length(text); length == 0) {
      length = 1;
      append_code(out, 0xFFFD);
    } else if (const std::string_view sequence = text.substr(0, length); is_line_separator(sequence)) {
      append_code(out, sequence.back() == '\xA8' ? 0x2028 : 0x2029);
    } else {
      out += sequence;
    }
    text.remove_prefix(length);
  }
  out += '"';
}

void append(std::string& out, const store::Unit& unit) {
  Members members(out);
  members.text_if("cluster_id", unit.cluster_id);
  members.text_if("resource_manager", unit.resource_manager);
  members.text("uuid", unit.uuid);
  members.text_if("name", unit.name);
  members.text_if("project", unit.project);
  members.text_if("groupname", unit.groupname);
  members.text_if("username", unit.username);
  members.text_if("created_at", unit.created_at);
  members.text_if("started_at", unit.started_at);
  members.text_if("ended_at", unit.ended_at);
  members.number_if("created_at_ts", unit.created_at_ts);
  members.number_if("started_at_ts", unit.started_at_ts);
  members.number_if("ended_at_ts", unit.ended_at_ts);
  members.text_if("elapsed", unit.elapsed);
  members.text_if("state", unit.state);
  members.json_if("allocation", unit.allocation);
  for (const store::Metric metric : store::all_metrics())
    members.map_if(store::metric_name(metric), unit.metrics[metric]);
  members.json_if("tags", unit.tags);
}

void append(std::string& out, const store::Usage& usage) {
  Members members(out);
  add_owner(members, usage);
  for (const store::Metric metric : store::all_metrics())
    members.map_if(store::metric_name(metric), usage.metrics[metric]);
}

void append(std::string& out, const store::UsageText& usage) {
  static const std::array<std::string, store::kMetricCount> kKeys = later_keys();
  Members members(out);
  add_owner(members, usage);
  for (std::size_t i = 0; i < store::kMetricCount; ++i)
    if (!usage.metrics[i].empty()) members.later(kKeys[i]) += usage.metrics[i];
}

void append(std::string& out, const store::User& user) {
  Members members(out);
  members.text_if("uid", user.uid);
  members.text("cluster_id", user.cluster_id);
  members.text_if("resource_manager", user.resource_manager);
  members.text("name", user.name);
  members.list_if("projects", user.projects);
  members.list_if("tags", user.tags);
}

void append(std::string& out, const store::Project& project) {
  Members members(out);
  members.text_if("uid", project.uid);
  members.text("cluster_id", project.cluster_id);
  members.text("resource_manager", project.resource_manager);
  members.text("name", project.name);
  members.list("users", project.users);
  members.list_if("tags", project.tags);
}

void append(std::string& out, const store::Cluster& cluster) {
  Members members(out);
  members.text("id", cluster.id);
  members.text("manager", cluster.manager);
}

void append(std::string& out, const store::Stat& stat) {
  Members members(out);
  members.text("cluster_id", stat.cluster_id);
  members.text("resource_manager", stat.resource_manager);
  members.number("num_units", stat.num_units);
  members.number("num_inactive_units", stat.num_inactive_units);
  members.number("num_active_units", stat.num_active_units);
  members.number("num_projects", stat.num_projects);
  members.number("num_users", stat.num_users);
}

}  // namespace ceems::api
