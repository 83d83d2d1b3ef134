// What a server says first.
#pragma once

#include <string_view>

namespace ceems::program {

// Logs the version, how it was built, and the machine.
void log_start(std::string_view program);

// Allows as many descriptors as the hard limit lets, and logs it. For programs that need one per client or
// per unit.
void raise_descriptor_limit();
// Logs the limit as it is.
void log_descriptor_limit();

}  // namespace ceems::program
