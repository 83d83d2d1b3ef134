// JSON as the API has always written it: keys in a fixed order, empty members left out, '<', '>' and '&'
// escaped so that an answer can stand in a page. Appending functions, thread-safe.
#pragma once

#include "store/model.h"
#include "store/reader.h"

#include <string>
#include <string_view>
#include <vector>

namespace ceems::api {

// A string with its quotes. Invalid UTF-8 becomes \ufffd.
void append_string(std::string& out, std::string_view text);

// Only `uuid` is always there; the rest is left out when empty.
void append(std::string& out, const store::Unit& unit);
// Cluster, manager, number, project, group and user are always there.
void append(std::string& out, const store::Usage& usage);
void append(std::string& out, const store::UsageText& usage);
void append(std::string& out, const store::User& user);
void append(std::string& out, const store::Project& project);
void append(std::string& out, const store::Cluster& cluster);
void append(std::string& out, const store::Stat& stat);

// A list without its brackets, elements separated by commas.
template <class Row>
void append_rows(std::string& out, const std::vector<Row>& rows) {
  bool first = true;
  for (const Row& row : rows) {
    if (!first) out += ',';
    first = false;
    append(out, row);
  }
}

}  // namespace ceems::api
