#include "collector/privileged_file.h"

#include "base/file.h"
#include "base/privilege.h"

#include <optional>
#include <utility>

namespace ceems::collector {

base::Result<base::Fd> open_privileged(const std::string& path) {
  auto plain = base::open_for_reading(path);
  if (plain || plain.error().code != base::ErrorCode::kPermission) return plain;
  std::optional<base::Result<base::Fd>> raised;
  base::run_privileged(kReadAnyFile, [&] { raised.emplace(base::open_for_reading(path)); });
  return raised ? *std::move(raised) : std::move(plain);
}

}  // namespace ceems::collector
