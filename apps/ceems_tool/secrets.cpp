#include "secrets.h"

#include <crypt.h>
#include <sys/random.h>

#include <array>
#include <cerrno>
#include <memory>
#include <span>
#include <string_view>

namespace ceems::tool {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::size_t kSaltBytes = 16;

base::Status fill_randomly(std::span<char> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::getrandom(bytes.data(), bytes.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return base::fail_errno(errno, "random numbers");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

}  // namespace

base::Result<std::string> random_password(std::size_t length) {
  // Bytes from here on would make the first letters likelier than the last.
  constexpr std::size_t kFair = 256 / kAlphabet.size() * kAlphabet.size();
  std::string password;
  while (password.size() < length) {
    std::array<char, 64> bytes{};
    CEEMS_TRY_VOID(fill_randomly(bytes));
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < kFair && password.size() < length) password += kAlphabet[byte % kAlphabet.size()];
    }
  }
  return password;
}

base::Result<std::string> bcrypt_hash(const std::string& password, unsigned cost) {
  std::array<char, kSaltBytes> salt{};
  CEEMS_TRY_VOID(fill_randomly(salt));
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  if (::crypt_gensalt_rn("$2b$", cost, salt.data(), static_cast<int>(salt.size()), setting.data(),
                         static_cast<int>(setting.size())) == nullptr) {
    return base::fail_errno(errno, "bcrypt");
  }
  const auto data = std::make_unique<crypt_data>();
  const char* hash =
      ::crypt_rn(password.c_str(), setting.data(), data.get(), static_cast<int>(sizeof(crypt_data)));
  if (hash == nullptr) return base::fail_errno(errno, "bcrypt");
  return std::string(hash);
}

}  // namespace ceems::tool
