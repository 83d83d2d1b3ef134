// A program with subcommands: "ceems_tool check web-config FILE". Each command has flags of its own
// (config/flags.h); help, version and completion work for the program as a whole, for the first words of
// several commands ("ceems_tool check --help") and for a single one. Not thread-safe: for main().
//
//   Commands commands("ceems_tool", "Helps …");
//   commands.add("check web-config", "Checks …", std::make_unique<CheckWebConfig>());
//   return commands.run(argc, argv);
#pragma once

#include "config/flag_pages.h"
#include "config/flags.h"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::config {

class Command {
 public:
  virtual ~Command() = default;
  // Declares the flags, bound to members.
  virtual void declare(Flags& flags) = 0;
  // Runs after the flags were parsed; the program's exit status.
  virtual int run() = 0;
};

class Commands {
 public:
  Commands(std::string program, std::string description);

  // `name` is one word or several; no name may be the beginning of another.
  void add(std::string name, std::string description, std::unique_ptr<Command> command);
  int run(int argc, const char* const* argv);

  // All commands and their visible flags as a page of the reference documentation; also what the hidden flag
  // --reference of the program prints.
  std::string markdown_reference() const;

 private:
  struct Entry {
    std::string name;
    std::string description;
    std::unique_ptr<Command> command;
  };

  Flags flags_of(const Entry& entry) const;
  std::vector<ProgramInfo> all_commands() const;
  // The command whose name the first words spell, and how many words that takes; null if there is none.
  std::pair<const Entry*, std::size_t> find(const std::vector<std::string>& words) const;
  CommandList below(std::string_view prefix) const;  // commands that start with these words
  std::string complete(const std::vector<std::string>& words) const;
  int answer_without_command(const std::vector<std::string>& words) const;
  int report_missing_command(const std::string& prefix) const;

  ProgramInfo info_;
  std::vector<Entry> entries_;
};

}  // namespace ceems::config
