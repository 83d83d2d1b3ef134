// Lists of hosts as SLURM writes them. Thread-safe.
//
// Source: slurm.conf(5), "NodeName"; scontrol(1), "hostlist expressions".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ceems::unit {

// Whether the list "n[0-3,7],gpu[01-16]-ib,login" has that host. Numbers are as wide as the start of their
// range; several groups of brackets multiply. What cannot be understood has no host.
bool host_list_contains(std::string_view list, std::string_view host);

// Pieces between those commas that are outside of brackets.
std::vector<std::string_view> split_outside_brackets(std::string_view list);

// "3", "0-3,7": the numbers, in order; nullopt for anything else, or more than `most` of them.
std::optional<std::vector<std::uint32_t>> numbers_of_ranges(std::string_view ranges, std::size_t most);

}  // namespace ceems::unit
