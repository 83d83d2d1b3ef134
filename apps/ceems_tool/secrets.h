// New passwords and their hashes, from the kernel's random numbers. Thread-safe.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>

namespace ceems::tool {

// Letters and digits, each as likely as the others.
base::Result<std::string> random_password(std::size_t length);

// "$2b$10$…": bcrypt with 2^cost rounds and a new salt. Takes about 50 ms at cost 10.
base::Result<std::string> bcrypt_hash(const std::string& password, unsigned cost);

}  // namespace ceems::tool
