// Completion of command lines in bash and zsh. A script asks the program itself, by --completion-bash, what
// may stand where the cursor is. Thread-safe.
#pragma once

#include "config/flags.h"

#include <string>
#include <string_view>
#include <vector>

namespace ceems::config {

// The words after "--completion-bash".
std::vector<std::string> completed_words(const std::vector<std::string>& arguments);

// What could stand for the last of `words`, which may be empty or half typed; one candidate a line. Nothing
// where a file name or free text is expected: the shell then offers files.
std::string completion_candidates(const ProgramInfo& info, const std::vector<std::string>& words);
// The same for the words of a subcommand's name.
std::string completion_candidates(const std::vector<std::string>& commands,
                                  const std::vector<std::string>& words);

std::string bash_completion_script(std::string_view program);
std::string zsh_completion_script(std::string_view program);

}  // namespace ceems::config
