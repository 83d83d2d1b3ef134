#include "base/file.h"
#include "certificate.h"
#include "commands.h"
#include "secrets.h"

#include <chrono>
#include <cstdio>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace ceems::tool {

namespace {

using base::ErrorCode;

constexpr std::string_view kUser = "ceems";
constexpr std::size_t kPasswordLength = 24;
constexpr unsigned kBcryptCost = 10;
constexpr mode_t kSecretMode = 0600;
constexpr mode_t kPublicMode = 0644;
constexpr mode_t kDirectoryMode = 0700;

class CreateWebConfig final : public config::Command {
 public:
  void declare(config::Flags& flags) override {
    flags.boolean("basic-auth", true, "Make a password for the user ceems.", basic_auth_);
    flags.boolean("tls", false, "Make a self-signed certificate.", tls_);
    flags.list("tls.host", {}, "Host name or IP address of the server, for its certificate.",
               certificate_.hosts);
    flags.duration("tls.validity", std::chrono::hours{8760}, "How long the certificate is valid.", validity_);
    flags.boolean("tls.ca", false, "Let the certificate sign others.", certificate_.authority);
    flags.string("output-dir", "config", "Directory to write to; made if it does not exist.", directory_);
  }

  int run() override {
    if (const base::Status written = write(); !written) {
      fmt::print(stderr, "FAILED: {}\n", written.error().text());
      return 1;
    }
    return 0;
  }

 private:
  base::Status write() {
    if (!tls_ && !basic_auth_) {
      return base::fail(ErrorCode::kInvalid, "",
                        "nothing to configure: give --tls or leave --no-basic-auth out");
    }
    if (tls_ && certificate_.hosts.empty())
      return base::fail(ErrorCode::kInvalid, "", "--tls needs a --tls.host");
    if (!tls_ && !certificate_.hosts.empty())
      return base::fail(ErrorCode::kInvalid, "", "--tls.host needs --tls");
    CEEMS_TRY(const std::string tls, make_certificate());
    std::string password;
    CEEMS_TRY(const std::string users, make_user(password));
    const std::string path = base::join_path(directory_, "web-config.yml");
    CEEMS_TRY_VOID(base::make_directories(directory_, kDirectoryMode));
    CEEMS_TRY_VOID(base::write_file_atomically(path, tls + users, kSecretMode));
    fmt::print(stderr, "web configuration written to {}\n", path);
    if (basic_auth_) {
      // Scripts cut the password out from between these two texts.
      fmt::print(stderr, "plain text password for basic auth is {}\n", password);
      fmt::print(stderr, "store it in a safe place: the file holds its hash only\n");
    }
    return {};
  }

  // Writes key and certificate; the section of the configuration that names them.
  base::Result<std::string> make_certificate() {
    if (!tls_) return "";
    certificate_.validity = std::chrono::duration_cast<std::chrono::seconds>(validity_);
    CEEMS_TRY(const CertificatePair pair, make_self_signed(certificate_));
    CEEMS_TRY_VOID(base::make_directories(directory_, kDirectoryMode));
    CEEMS_TRY_VOID(
        base::write_file_atomically(base::join_path(directory_, "key.pem"), pair.key_pem, kSecretMode));
    CEEMS_TRY_VOID(base::write_file_atomically(base::join_path(directory_, "cert.pem"), pair.certificate_pem,
                                               kPublicMode));
    return "tls_server_config:\n  cert_file: cert.pem\n  key_file: key.pem\n";
  }

  // The section with the user; sets `password`.
  base::Result<std::string> make_user(std::string& password) const {
    if (!basic_auth_) return "";
    CEEMS_TRY(password, random_password(kPasswordLength));
    CEEMS_TRY(const std::string hash, bcrypt_hash(password, kBcryptCost));
    return fmt::format("basic_auth_users:\n  {}: {}\n", kUser, hash);
  }

  bool basic_auth_ = true;
  bool tls_ = false;
  std::chrono::milliseconds validity_{};
  CertificateRequest certificate_;
  std::string directory_;
};

}  // namespace

std::unique_ptr<config::Command> make_create_web_config() {
  return std::make_unique<CreateWebConfig>();
}

}  // namespace ceems::tool
