#include "config/flag_pages.h"

#include "base/text.h"
#include "base/version.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace ceems::config {

namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kHelpColumn = 30;

// Words in lines of at most `width` characters, each but the first indented.
std::string wrap(std::string_view text, std::size_t indent) {
  std::string result;
  std::size_t column = indent;
  std::string_view word;
  while (base::next_word(text, word)) {
    if (column > indent && column + 1 + word.size() > kWidth) {
      result += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
  }
  return result;
}

// "--[no-]collector.cpu", "--log.level=info", "--web.listen-address=:9010 ..."
std::string spelling(const FlagInfo& flag) {
  if (flag.type == "bool") return fmt::format("--[no-]{}", flag.name);
  if (flag.type.empty()) return "--" + flag.name;
  std::string value = flag.default_value;
  if (value.empty()) {
    value = flag.type == "list" || flag.type == "string" ? "TEXT" : base::to_lower(flag.type);
    std::ranges::transform(value, value.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
  }
  return fmt::format("--{}={}{}", flag.name, value, flag.type == "list" ? " ..." : "");
}

// The help with what the flag's declaration adds to it.
std::string full_help(const FlagInfo& flag) {
  std::string help = flag.help;
  if (!flag.allowed.empty()) help += fmt::format(" One of: {}.", base::join(flag.allowed, ", "));
  if (flag.type == "bool" && flag.default_value == "true") help += " (default: on)";
  if (!flag.traits.environment.empty()) help += fmt::format(" (${})", flag.traits.environment);
  return help;
}

std::string two_columns(std::string_view left, std::string_view right) {
  std::string line(left);
  if (line.size() + 1 < kHelpColumn) {
    line.resize(kHelpColumn, ' ');
  } else {
    line += "\n" + std::string(kHelpColumn, ' ');
  }
  return line + wrap(right, kHelpColumn) + "\n";
}

// The visible flags, the built-in ones around those of the program.
std::vector<FlagInfo> visible_flags(const ProgramInfo& info) {
  std::vector<FlagInfo> flags{built_in_flags().front()};
  std::ranges::copy_if(info.flags, std::back_inserter(flags),
                       [](const FlagInfo& flag) { return !flag.traits.hidden; });
  flags.insert(flags.end(), built_in_flags().begin() + 1, built_in_flags().end());
  return flags;
}

std::string usage(const ProgramInfo& info) {
  std::string text = info.program + " [<flags>]";
  if (!info.positional.empty()) {
    text += info.positional_required ? fmt::format(" <{}>...", info.positional)
                                     : fmt::format(" [<{}>...]", info.positional);
  }
  return text;
}

std::string flags_help(const ProgramInfo& info) {
  std::string text = "Flags:\n";
  for (const FlagInfo& flag : visible_flags(info))
    text += two_columns((flag.name == "help" ? "  -h, " : "      ") + spelling(flag), full_help(flag));
  return text;
}

// Text as troff takes it: no line starts a request, dashes stay ASCII.
std::string roff(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  if (result.starts_with('.') || result.starts_with('\'')) result.insert(0, "\\&");
  return result;
}

std::string man_flags(const ProgramInfo& info) {
  std::string text;
  for (const FlagInfo& flag : visible_flags(info)) {
    const std::string prefix = flag.name == "help" ? "-h, " : "";
    text += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(prefix + spelling(flag)), roff(full_help(flag)));
  }
  return text;
}

std::string table_cell(std::string_view text) {
  return base::replace_all(base::replace_all(std::string(text), "\n", " "), "|", "\\|");
}

std::string code(std::string_view text) {
  return text.empty() ? "" : fmt::format("`{}`", text);
}

}  // namespace

const std::vector<FlagInfo>& built_in_flags() {
  static const std::vector<FlagInfo> kFlags{
      {"help", "", {}, "", "Show this help (--help-man: the manual page).", {}},
      {"version", "", {}, "", "Show the version.", {}},
  };
  return kFlags;
}

std::string help_text(const ProgramInfo& info) {
  std::string text =
      fmt::format("usage: {}\n\n{}\n\n{}", usage(info), wrap(info.description, 0), flags_help(info));
  if (!info.positional.empty()) {
    text += "\nArgs:\n" + two_columns(fmt::format("  <{}>", info.positional), info.positional_help);
  }
  return text;
}

std::string help_text(const ProgramInfo& info, const CommandList& commands) {
  std::string text = fmt::format("usage: {} [<flags>] <command> [<args> ...]\n\n{}\n\n{}\nCommands:\n",
                                 info.program, wrap(info.description, 0), flags_help(info));
  for (const auto& [name, description] : commands)
    text += two_columns("  " + name, description);
  return text;
}

std::string man_page(const ProgramInfo& info, const std::vector<ProgramInfo>& commands) {
  const std::string program = base::replace_all(info.program, " ", "-");
  const std::string arguments = commands.empty() ? usage(info) : info.program + " <command> [<flags>]";
  std::string text = fmt::format(
      ".TH \"{}\" 1 \"\" \"{}\" \"\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n{}\n.SH DESCRIPTION\n{}\n.SH "
      "OPTIONS\n{}",
      roff(program), roff(base::version().version), roff(program), roff(info.description), roff(arguments),
      roff(info.description), man_flags(info));
  if (!info.positional.empty()) {
    text += fmt::format(".SH ARGUMENTS\n.TP\n\\fI{}\\fR\n{}\n", roff(info.positional),
                        roff(info.positional_help));
  }
  if (!commands.empty()) text += ".SH COMMANDS\n";
  for (const ProgramInfo& command : commands)
    text +=
        fmt::format(".SS {}\n{}\n{}", roff(usage(command)), roff(command.description), man_flags(command));
  return text;
}

std::string markdown_section(const ProgramInfo& info, int level) {
  std::string text = fmt::format("{} {}\n\n{}\n\n", std::string(static_cast<std::size_t>(level), '#'),
                                 code(info.program), info.description);
  if (!info.positional.empty()) {
    text += fmt::format("Arguments: `{}`, {}{}\n\n", info.positional, info.positional_help,
                        info.positional_required ? " At least one is needed." : "");
  }
  text += "| Flag | Type | Default | Environment | Meaning |\n|---|---|---|---|---|\n";
  for (const FlagInfo& flag : info.flags) {
    if (flag.traits.hidden) continue;
    const std::string allowed =
        flag.allowed.empty() ? "" : fmt::format(" One of `{}`.", fmt::join(flag.allowed, "`, `"));
    text += fmt::format("| {} | {} | {} | {} | {} |\n",
                        code(fmt::format("--{}{}", flag.type == "bool" ? "[no-]" : "", flag.name)), flag.type,
                        table_cell(code(flag.default_value)), code(flag.traits.environment),
                        table_cell(flag.help + allowed));
  }
  return text;
}

}  // namespace ceems::config
