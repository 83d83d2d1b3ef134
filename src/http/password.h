// Checking basic-auth passwords against bcrypt hashes, which takes tens of milliseconds on purpose.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>

namespace ceems::http {

// Whether the password belongs to the hash ($2a$, $2b$, $2y$). Slow; thread-safe.
bool matches_bcrypt(const std::string& password, const std::string& hash);

// A valid hash of no known password: unknown users are checked against it, so that they take as long as known
// ones.
extern const char* const kNobodysHash;

struct Credentials {
  std::string user;
  std::string password;
};
// "Basic dXNlcjpwYXNz"; nothing if it is not that.
std::optional<Credentials> parse_basic_authorization(std::string_view value);

// Standard Base64 (RFC 4648 §4).
std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

// Remembers at most 100 outcomes, good and bad. Holds salted digests only. Thread-safe.
class PasswordCache {
 public:
  PasswordCache();

  using Key = std::array<unsigned char, 32>;
  Key key(const Credentials& credentials, std::string_view hash) const;

  std::optional<bool> find(const Key& key) const;
  void store(const Key& key, bool matches);

 private:
  std::array<unsigned char, 32> salt_{};
  mutable std::mutex mutex_;  // guards what follows
  std::map<Key, bool> outcomes_;
  std::minstd_rand random_;
};

}  // namespace ceems::http
