#include "power/sensor_file.h"

#include "base/file.h"
#include "base/text.h"

namespace ceems::power {

base::Status SensorFile::open(const OpenFile& open_file) {
  if (file_) return {};
  CEEMS_TRY(file_, open_file(path_));
  return {};
}

base::Result<std::string_view> SensorFile::read(const OpenFile& open_file) {
  CEEMS_TRY_VOID(open(open_file));
  const auto text = base::pread_file(file_.get(), buffer_, path_);
  if (!text) {
    file_.reset();
    return text;
  }
  return base::trim(*text);
}

}  // namespace ceems::power
