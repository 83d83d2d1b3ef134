// Help, manual pages and reference documentation, written from what a program declared.
// Thread-safe.
#pragma once

#include "config/flags.h"

#include <string>
#include <utility>
#include <vector>

namespace ceems::config {

// Names and descriptions of subcommands.
using CommandList = std::vector<std::pair<std::string, std::string>>;

// "usage: ceems_exporter [<flags>]", the description, and the visible flags in two columns of 80 characters.
std::string help_text(const ProgramInfo& info);
// The same for a program that has subcommands.
std::string help_text(const ProgramInfo& info, const CommandList& commands);

// A page for man(1), in the language of man(7). Subcommands follow as sections.
std::string man_page(const ProgramInfo& info, const std::vector<ProgramInfo>& commands = {});

// A heading and a table of the visible flags. `level` is the number of # of the heading.
std::string markdown_section(const ProgramInfo& info, int level);

// The flags that every program has.
const std::vector<FlagInfo>& built_in_flags();

}  // namespace ceems::config
