#include "power/ipmi_sensor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace ceems::power {

namespace {

constexpr std::uint8_t kStorage = 0x0A;  // network function
constexpr std::uint8_t kSensorEvent = 0x04;
constexpr std::uint16_t kLastRecord = 0xFFFF;
constexpr std::size_t kMostRecords = 4096;
constexpr std::size_t kRecordHeader = 5;
constexpr std::uint8_t kChunk = 16;
constexpr std::uint8_t kReservationLost = 0xC5;
constexpr std::uint8_t kTooMuchAsked = 0xCA;
constexpr int kTries = 3;
constexpr std::uint8_t kLastFunction = 11;  // of the linearisations
constexpr std::uint8_t kFirstNonLinear = 0x70;

constexpr std::array<std::string_view, 93> kUnits{"Unspecified/Unused",
                                                  "C",
                                                  "F",
                                                  "K",
                                                  "V",
                                                  "A",
                                                  "W",
                                                  "J",
                                                  "C",
                                                  "VA",
                                                  "nt",
                                                  "lm",
                                                  "lx",
                                                  "cd",
                                                  "kPa",
                                                  "psi",
                                                  "nt",
                                                  "CFM",
                                                  "RPM",
                                                  "Hz",
                                                  "μs",
                                                  "ms",
                                                  "s",
                                                  "min",
                                                  "hr",
                                                  "d",
                                                  "w",
                                                  "mil",
                                                  "in",
                                                  "ft",
                                                  "in³",
                                                  "ft³",
                                                  "mm",
                                                  "cm",
                                                  "m",
                                                  "cm³",
                                                  "m³",
                                                  "l",
                                                  "fl oz",
                                                  "rad",
                                                  "sr",
                                                  "rev",
                                                  "Hz",
                                                  "g",
                                                  "oz",
                                                  "lb",
                                                  "ft-lb",
                                                  "oz-in",
                                                  "G",
                                                  "Gb",
                                                  "H",
                                                  "mH",
                                                  "F",
                                                  "μF",
                                                  "Ω",
                                                  "Ω⁻¹",
                                                  "mol",
                                                  "Bq",
                                                  "ppm",
                                                  "Unknown",
                                                  "dB",
                                                  "dBA",
                                                  "dBC",
                                                  "Gy",
                                                  "Sv",
                                                  "ColorK",
                                                  "b",
                                                  "Kb",
                                                  "Mb",
                                                  "Gb",
                                                  "B",
                                                  "KB",
                                                  "MB",
                                                  "GB",
                                                  "word",
                                                  "dword",
                                                  "qword",
                                                  "memory line",
                                                  "hit",
                                                  "miss",
                                                  "retry",
                                                  "reset",
                                                  "overflow",
                                                  "underrun",
                                                  "collision",
                                                  "pkt",
                                                  "msg",
                                                  "char",
                                                  "err",
                                                  "correctable err",
                                                  "uncorrectable err",
                                                  "fatal",
                                                  "g"};

// The low `bits` bits as two's complement.
int sign_extended(unsigned value, unsigned bits) {
  const unsigned sign = 1U << (bits - 1);
  return static_cast<int>(value & (sign - 1)) - static_cast<int>(value & sign);
}

std::string latin1(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (byte == 0) break;
    if (byte < 0x80) {
      text += static_cast<char>(byte);
    } else {
      text += static_cast<char>(0xC0 | byte >> 6);
      text += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return text;
}

std::string bcd_plus(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kAlphabet = "0123456789 -.:,_";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kAlphabet[byte >> 4];
    text += kAlphabet[byte & 0x0F];
  }
  return text;
}

std::string six_bit_ascii(std::span<const std::uint8_t> bytes) {
  std::string text;
  unsigned pending = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    pending |= static_cast<unsigned>(byte) << bits;
    bits += 8;
    while (bits >= 6) {
      text += static_cast<char>(' ' + (pending & 0x3F));
      pending >>= 6;
      bits -= 6;
    }
  }
  return text;
}

std::string decode_name(std::uint8_t type_length, std::span<const std::uint8_t> bytes) {
  bytes = bytes.first(std::min<std::size_t>(bytes.size(), type_length & 0x1F));
  std::string name;
  switch (type_length >> 6) {
    case 1:
      name = bcd_plus(bytes);
      break;
    case 2:
      name = six_bit_ascii(bytes);
      break;
    default:
      name = latin1(bytes);
  }
  const std::size_t end = name.find_last_not_of(" \t");
  name.resize(end == std::string::npos ? 0 : end + 1);
  return name;
}

struct Record {
  std::uint16_t next = kLastRecord;
  IpmiBytes bytes;
};

std::uint16_t word(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint16_t>(bytes[0] | bytes[1] << 8);
}

class Repository {
 public:
  explicit Repository(IpmiTransport& transport) : transport_(transport) {}

  base::Result<Record> read(std::uint16_t id) {
    if (whole_) {
      CEEMS_TRY(const IpmiBytes answer, get(id, 0, 0xFF));
      if (answer[0] == 0 && answer.size() >= 3 + kRecordHeader)
        return Record{word(std::span(answer).subspan(1)), {answer.begin() + 3, answer.end()}};
      if (answer[0] != kTooMuchAsked && answer[0] != 0xFF && answer[0] != 0) return refused(answer[0]);
      // Controllers with small buffers give records in parts only.
      whole_ = false;
    }
    for (int i = 0; i < kTries; ++i) {
      CEEMS_TRY_VOID(reserve());
      CEEMS_TRY(auto record, read_parts(id));
      if (record) return *std::move(record);
    }
    return refused(kReservationLost);
  }

 private:
  static std::unexpected<base::Error> refused(std::uint8_t code) {
    return base::fail(base::ErrorCode::kUnavailable, "BMC", "sensor record: completion code {:#04x}", code);
  }

  base::Result<IpmiBytes> get(std::uint16_t id, std::uint8_t offset, std::uint8_t count) {
    return transport_.ask(
        {.net_function = kStorage,
         .command = 0x23,
         .lun = 0,
         .data = {static_cast<std::uint8_t>(reservation_ & 0xFF),
                  static_cast<std::uint8_t>(reservation_ >> 8), static_cast<std::uint8_t>(id & 0xFF),
                  static_cast<std::uint8_t>(id >> 8), offset, count}});
  }

  base::Status reserve() {
    CEEMS_TRY(
        const IpmiBytes data,
        ask_successfully(transport_, {.net_function = kStorage, .command = 0x22, .lun = 0, .data = {}}));
    if (data.size() < 2) return base::fail(base::ErrorCode::kInvalid, "BMC", "no reservation");
    reservation_ = word(data);
    return {};
  }

  // Nothing if the reservation was lost.
  base::Result<std::optional<Record>> read_parts(std::uint16_t id) {
    Record record;
    std::size_t length = kRecordHeader;
    while (record.bytes.size() < length) {
      const std::size_t have = record.bytes.size();
      const auto count = static_cast<std::uint8_t>(std::min<std::size_t>(length - have, kChunk));
      CEEMS_TRY(const IpmiBytes answer, get(id, static_cast<std::uint8_t>(have), count));
      if (answer[0] == kReservationLost) return std::nullopt;
      if (answer[0] != 0) return refused(answer[0]);
      if (answer.size() < 4) return base::fail(base::ErrorCode::kInvalid, "BMC", "an empty part of a record");
      record.next = word(std::span(answer).subspan(1));
      const std::size_t given = std::min<std::size_t>(answer.size() - 3, count);
      record.bytes.insert(record.bytes.end(), answer.begin() + 3,
                          answer.begin() + static_cast<std::ptrdiff_t>(3 + given));
      if (have < kRecordHeader && record.bytes.size() >= kRecordHeader)
        length = std::min<std::size_t>(kRecordHeader + record.bytes[4], 0xFF);
    }
    return record;
  }

  IpmiTransport& transport_;
  std::uint16_t reservation_ = 0;
  bool whole_ = true;
};

}  // namespace

double IpmiConversion::convert(std::uint8_t raw) const {
  int x = raw;
  if (format == Format::kOnesComplement && raw >= 0x80) x = raw - 0xFF;
  if (format == Format::kTwosComplement && raw >= 0x80) x = raw - 0x100;
  const double y = (m * x + b * std::pow(10.0, b_exponent)) * std::pow(10.0, result_exponent);
  switch (linearisation) {
    case 1:
      return std::log(y);
    case 2:
      return std::log10(y);
    case 3:
      return std::log2(y);
    case 4:
      return std::exp(y);
    case 5:
      return std::pow(10.0, y);
    case 6:
      return std::exp2(y);
    case 7:
      return 1 / y;
    case 8:
      return y * y;
    case 9:
      return y * y * y;
    case 10:
      return std::sqrt(y);
    case 11:
      return std::cbrt(y);
    default:
      return y;
  }
}

std::string_view ipmi_unit(std::uint8_t code) {
  return code < kUnits.size() ? kUnits[code] : "Unknown";
}

std::optional<IpmiSensor> decode_sensor_record(std::span<const std::uint8_t> record) {
  constexpr std::uint8_t kFullSensor = 0x01;
  constexpr std::uint8_t kBmc = 0x20;
  constexpr std::size_t kNameLength = 47;
  if (record.size() <= kNameLength || record[3] != kFullSensor || record[5] != kBmc) return std::nullopt;
  const unsigned format = record[20] >> 6U;
  const auto linearisation = static_cast<std::uint8_t>(record[23] & 0x7F);
  const bool non_linear = linearisation >= kFirstNonLinear;
  if (format == 3 || (linearisation > kLastFunction && !non_linear)) return std::nullopt;
  return IpmiSensor{.number = record[7],
                    .lun = static_cast<std::uint8_t>(record[6] & 3),
                    .unit = record[21],
                    .name = decode_name(record[kNameLength], record.subspan(kNameLength + 1)),
                    .non_linear = non_linear,
                    .conversion = {.format = static_cast<IpmiConversion::Format>(format),
                                   .linearisation = non_linear ? std::uint8_t{0} : linearisation,
                                   .m = sign_extended(record[24] | (record[25] & 0xC0U) << 2U, 10),
                                   .b = sign_extended(record[26] | (record[27] & 0xC0U) << 2U, 10),
                                   .b_exponent = sign_extended(record[29] & 0x0FU, 4),
                                   .result_exponent = sign_extended(record[29] >> 4U, 4)}};
}

base::Result<std::vector<IpmiSensor>> read_sensor_records(IpmiTransport& transport) {
  std::vector<IpmiSensor> sensors;
  Repository repository(transport);
  std::uint16_t id = 0;
  for (std::size_t i = 0; i < kMostRecords && id != kLastRecord; ++i) {
    CEEMS_TRY(const Record record, repository.read(id));
    if (auto sensor = decode_sensor_record(record.bytes)) sensors.push_back(*std::move(sensor));
    // A repository without an end.
    if (record.next == id || record.next == 0) break;
    id = record.next;
  }
  const auto key = [](const IpmiSensor& sensor) { return std::pair(sensor.number, sensor.lun); };
  std::ranges::sort(sensors, {}, key);
  const auto twice = std::ranges::unique(sensors, {}, key);
  sensors.erase(twice.begin(), twice.end());
  return sensors;
}

namespace {

// The factors of a non-linear sensor at that reading.
base::Status read_factors(IpmiTransport& transport, const IpmiSensor& sensor, std::uint8_t raw,
                          IpmiConversion& conversion) {
  CEEMS_TRY(const IpmiBytes data, ask_successfully(transport, {.net_function = kSensorEvent,
                                                               .command = 0x23,
                                                               .lun = sensor.lun,
                                                               .data = {sensor.number, raw}}));
  if (data.size() < 7)
    return base::fail(base::ErrorCode::kInvalid, "BMC", "sensor {}: no factors", sensor.number);
  conversion.m = sign_extended(data[1] | (data[2] & 0xC0U) << 2U, 10);
  conversion.b = sign_extended(data[3] | (data[4] & 0xC0U) << 2U, 10);
  conversion.b_exponent = sign_extended(data[6] & 0x0FU, 4);
  conversion.result_exponent = sign_extended(data[6] >> 4U, 4);
  return {};
}

}  // namespace

base::Result<std::optional<double>> read_sensor(IpmiTransport& transport, const IpmiSensor& sensor) {
  CEEMS_TRY(const IpmiBytes data,
            ask_successfully(
                transport,
                {.net_function = kSensorEvent, .command = 0x2D, .lun = sensor.lun, .data = {sensor.number}}));
  if (data.empty())
    return base::fail(base::ErrorCode::kInvalid, "BMC", "sensor {}: no reading", sensor.number);
  if (data.size() > 1) {
    const bool unavailable = (data[1] & 0x20) != 0;
    const bool scanned = (data[1] & 0x40) != 0;
    if (unavailable || !scanned) return std::nullopt;
  }
  IpmiConversion conversion = sensor.conversion;
  if (sensor.non_linear) CEEMS_TRY_VOID(read_factors(transport, sensor, data[0], conversion));
  const double value = conversion.convert(data[0]);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace ceems::power
