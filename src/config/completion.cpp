#include "config/completion.h"

#include "base/text.h"
#include "config/flag_pages.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace ceems::config {

namespace {

std::string lines(const std::vector<std::string>& candidates) {
  std::string text;
  for (const std::string& candidate : candidates)
    text += candidate + "\n";
  return text;
}

// The flag that takes the word after `word` as its value; null if there is none.
const FlagInfo* flag_before_value(const ProgramInfo& info, std::string_view word) {
  if (!word.starts_with("--") || word.find('=') != std::string_view::npos) return nullptr;
  for (const FlagInfo& flag : info.flags) {
    if (flag.name == word.substr(2) && flag.type != "bool") return &flag;
  }
  return nullptr;
}

std::vector<std::string> all_flags(const ProgramInfo& info) {
  std::vector<std::string> names;
  for (const auto* flags : {&info.flags, &built_in_flags()}) {
    for (const FlagInfo& flag : *flags) {
      if (flag.traits.hidden) continue;
      names.push_back("--" + flag.name);
      if (flag.type == "bool" && flags == &info.flags) names.push_back("--no-" + flag.name);
    }
  }
  return names;
}

// Puts the names of the program and of its function into a script.
std::string script(std::string text, std::string_view program) {
  std::string function(program);
  std::ranges::replace_if(
      function,
      [](char c) { return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')); },
      '_');
  text = base::replace_all(std::move(text), "_FUNCTION", fmt::format("_{}_complete", function));
  return base::replace_all(std::move(text), "PROGRAM", program);
}

}  // namespace

std::vector<std::string> completed_words(const std::vector<std::string>& arguments) {
  const auto found = std::ranges::find(arguments, "--completion-bash");
  return found == arguments.end() ? std::vector<std::string>{} : std::vector(found + 1, arguments.end());
}

std::string completion_candidates(const ProgramInfo& info, const std::vector<std::string>& words) {
  const std::string current = words.empty() ? "" : words.back();
  if (words.size() > 1) {
    if (const FlagInfo* flag = flag_before_value(info, words[words.size() - 2])) return lines(flag->allowed);
  }
  if (!current.starts_with('-') && !info.positional.empty()) return "";
  return lines(all_flags(info));
}

std::string completion_candidates(const std::vector<std::string>& commands,
                                  const std::vector<std::string>& words) {
  std::string typed;  // the finished words, each followed by a blank
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    typed += words[i] + " ";
  std::set<std::string> next;
  for (const std::string& command : commands) {
    if (command.starts_with(typed))
      next.insert(command.substr(typed.size(), command.find(' ', typed.size()) - typed.size()));
  }
  return lines({next.begin(), next.end()});
}

std::string bash_completion_script(std::string_view program) {
  return script(R"sh(_FUNCTION() {
  local candidates
  candidates=$("${COMP_WORDS[0]}" --completion-bash "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  COMPREPLY=($(compgen -W "$candidates" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _FUNCTION PROGRAM
)sh",
                program);
}

std::string zsh_completion_script(std::string_view program) {
  return script(R"sh(#compdef PROGRAM
_FUNCTION() {
  local -a candidates
  candidates=(${(f)"$("${words[1]}" --completion-bash "${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( ${#candidates} )); then
    compadd -a candidates
  else
    _files
  fi
}
compdef _FUNCTION PROGRAM
)sh",
                program);
}

}  // namespace ceems::config
