#include "config/commands.h"

#include "base/text.h"
#include "base/version.h"
#include "config/completion.h"
#include "config/flag_parser.h"
#include "config/suggest.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace ceems::config {

namespace {

// Whether the words of `prefix` are the first words of `name`, or all of them.
bool starts_with_words(std::string_view name, std::string_view prefix) {
  return prefix.empty() || name == prefix || (name.starts_with(prefix) && name[prefix.size()] == ' ');
}

int print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return std::fflush(stdout) == 0 ? 0 : 1;
}

}  // namespace

Commands::Commands(std::string program, std::string description) {
  info_.program = std::move(program);
  info_.description = std::move(description);
}

void Commands::add(std::string name, std::string description, std::unique_ptr<Command> command) {
  entries_.push_back({std::move(name), std::move(description), std::move(command)});
}

Flags Commands::flags_of(const Entry& entry) const {
  Flags flags(fmt::format("{} {}", info_.program, entry.name), entry.description);
  entry.command->declare(flags);
  return flags;
}

std::vector<ProgramInfo> Commands::all_commands() const {
  std::vector<ProgramInfo> infos;
  for (const Entry& entry : entries_)
    infos.push_back(flags_of(entry).info());
  return infos;
}

std::pair<const Commands::Entry*, std::size_t> Commands::find(const std::vector<std::string>& words) const {
  std::string name;
  for (std::size_t i = 0; i < words.size(); ++i) {
    name += (i == 0 ? "" : " ") + words[i];
    for (const Entry& entry : entries_) {
      if (entry.name == name) return {&entry, i + 1};
    }
  }
  return {nullptr, 0};
}

CommandList Commands::below(std::string_view prefix) const {
  CommandList commands;
  for (const Entry& entry : entries_) {
    if (starts_with_words(entry.name, prefix)) commands.emplace_back(entry.name, entry.description);
  }
  return commands;
}

int Commands::run(int argc, const char* const* argv) {
  std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (!words.empty() && words.front() == "--completion-bash") return print(complete(completed_words(words)));
  // "help check web-config" reads well, too.
  if (!words.empty() && words.front() == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  const auto [entry, used] = find(words);
  if (entry == nullptr) return answer_without_command(words);
  Flags flags = flags_of(*entry);
  if (const auto exit = flags.parse({words.begin() + static_cast<std::ptrdiff_t>(used), words.end()}))
    return *exit;
  return entry->command->run();
}

std::string Commands::complete(const std::vector<std::string>& words) const {
  const auto [entry, used] = find(words);
  if (entry != nullptr && used < words.size()) {
    return completion_candidates(flags_of(*entry).info(),
                                 {words.begin() + static_cast<std::ptrdiff_t>(used), words.end()});
  }
  std::vector<std::string> names;
  for (const Entry& command : entries_)
    names.push_back(command.name);
  return completion_candidates(names, words);
}

int Commands::answer_without_command(const std::vector<std::string>& words) const {
  const auto option =
      std::ranges::find_if(words, [](const std::string& word) { return word.starts_with('-'); });
  const std::string prefix = base::join({words.begin(), option}, " ");
  const CommandList commands = below(prefix);
  if (option == words.end() || commands.empty()) return report_missing_command(prefix);
  const auto request = built_in_request(*option);
  if (*option == "--reference" && prefix.empty()) return print(markdown_reference());
  if (request == FlagRequest::kHelp) return print(help_text(info_, commands));
  if (request == FlagRequest::kMan) return print(man_page(info_, all_commands()));
  if (request == FlagRequest::kVersion) return print(base::version_text(info_.program));
  if (request == FlagRequest::kBashScript) return print(bash_completion_script(info_.program));
  if (request == FlagRequest::kZshScript) return print(zsh_completion_script(info_.program));
  print_start_error(info_.program, fmt::format("flag {} before a command (see --help)", *option));
  return 1;
}

int Commands::report_missing_command(const std::string& prefix) const {
  const CommandList commands = below(prefix);
  std::vector<std::string> names;
  for (const auto& [name, description] : commands.empty() ? below("") : commands)
    names.push_back(name);
  std::string message;
  if (commands.empty()) {
    const std::string meant = closest_name(prefix, names);
    message = fmt::format("unknown command '{}'{}", prefix,
                          meant.empty() ? "" : fmt::format(", did you mean '{}'?", meant));
  } else {
    message = fmt::format("a command is needed: {}", base::join(names, ", "));
  }
  print_start_error(info_.program, message + " (see --help)");
  return 1;
}

std::string Commands::markdown_reference() const {
  std::string text = fmt::format("# `{}`\n\n{}\n", info_.program, info_.description);
  for (const ProgramInfo& command : all_commands())
    text += "\n" + markdown_section(command, 2);
  return text;
}

}  // namespace ceems::config
