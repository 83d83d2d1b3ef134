#include "http/password.h"

#include "base/check.h"
#include "base/text.h"

#include <crypt.h>

#include <memory>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

namespace ceems::http {

namespace {

constexpr std::size_t kMaxOutcomes = 100;
constexpr std::size_t kEvictedShare = 10;  // one in so many

void add_piece(EVP_MD_CTX* digest, std::string_view piece) {
  // Its length first, so that no two lists of pieces look the same.
  const std::size_t size = piece.size();
  CEEMS_CHECK(EVP_DigestUpdate(digest, &size, sizeof size) == 1);
  CEEMS_CHECK(EVP_DigestUpdate(digest, piece.data(), piece.size()) == 1);
}

}  // namespace

const char* const kNobodysHash = "$2b$10$eYwnK7ZpBOTTci1Rt.8a8eU.d56tPcREXG02MnKJaAUNzsWLIpSgK";

bool matches_bcrypt(const std::string& password, const std::string& hash) {
  // crypt(3) reads to the first NUL, which would make "secret\0anything" as good as "secret".
  if (password.find('\0') != std::string::npos) return false;
  auto data = std::make_unique<crypt_data>();
  const char* const result =
      crypt_rn(password.c_str(), hash.c_str(), data.get(), static_cast<int>(sizeof *data));
  if (result == nullptr) return false;
  const std::string_view computed = result;
  return computed.size() == hash.size() && CRYPTO_memcmp(computed.data(), hash.data(), hash.size()) == 0;
}

std::optional<Credentials> parse_basic_authorization(std::string_view value) {
  const auto blank = value.find(' ');
  if (blank == std::string_view::npos || !base::equals_ignoring_case(value.substr(0, blank), "Basic"))
    return std::nullopt;
  const auto decoded = base64_decode(base::trim(value.substr(blank + 1)));
  if (!decoded) return std::nullopt;
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

std::string base64_encode(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return "";
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=')
    ++padding;
  if (text.substr(0, text.size() - padding).find('=') != std::string_view::npos) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

PasswordCache::PasswordCache() {
  CEEMS_CHECK(RAND_bytes(salt_.data(), static_cast<int>(salt_.size())) == 1);
  random_.seed(salt_[0] * 256U + salt_[1]);
}

PasswordCache::Key PasswordCache::key(const Credentials& credentials, std::string_view hash) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  Key key{};
  CEEMS_CHECK(digest != nullptr && EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) == 1);
  CEEMS_CHECK(EVP_DigestUpdate(digest.get(), salt_.data(), salt_.size()) == 1);
  add_piece(digest.get(), credentials.user);
  add_piece(digest.get(), hash);
  add_piece(digest.get(), credentials.password);
  CEEMS_CHECK(EVP_DigestFinal_ex(digest.get(), key.data(), nullptr) == 1);
  return key;
}

std::optional<bool> PasswordCache::find(const Key& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = outcomes_.find(key);
  return found == outcomes_.end() ? std::nullopt : std::optional(found->second);
}

void PasswordCache::store(const Key& key, bool matches) {
  const std::lock_guard lock(mutex_);
  if (outcomes_.size() >= kMaxOutcomes)
    std::erase_if(outcomes_, [this](const auto&) { return random_() % kEvictedShare == 0; });
  // Chance may have spared them all.
  if (outcomes_.size() >= kMaxOutcomes) outcomes_.erase(outcomes_.begin());
  outcomes_[key] = matches;
}

}  // namespace ceems::http
