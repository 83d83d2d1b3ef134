#include "gpu/nvml_values.h"

#include "gpu/nvml_fields.h"
#include "gpu/nvml_inventory.h"

#include <bit>
#include <limits>

#include <gtest/gtest.h>

namespace ceems::gpu {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TEST(NvmlValuesTest, ReadsTextsWithAndWithoutAnEnd) {
  const std::array<char, 4> ended{'a', 'b', '\0', 'c'};
  const std::array<char, 4> endless{'a', '\n', 'b', 'c'};
  EXPECT_EQ(nvml_text(ended), "ab");
  EXPECT_EQ(nvml_text(endless), "abc");
}

TEST(NvmlValuesTest, LeavesOutWhatCannotBe) {
  EXPECT_EQ(nvml_gauge(kNaN, 10), std::nullopt);
  EXPECT_EQ(nvml_gauge(-1, 10), std::nullopt);
  EXPECT_EQ(nvml_gauge(11, 10), std::nullopt);
  EXPECT_EQ(nvml_gauge(std::numeric_limits<double>::infinity(), 10), std::nullopt);
  EXPECT_EQ(nvml_gauge(10, 10), 10);
  EXPECT_EQ(nvml_share(100.4), 1);
  EXPECT_EQ(nvml_share(111), std::nullopt);
  EXPECT_EQ(nvml_counter(~std::uint64_t{0}), std::nullopt);
  EXPECT_EQ(nvml_counter32(~std::uint32_t{0}), std::nullopt);
}

TEST(NvmlFieldTest, ReadsEveryType) {
  const auto field = [](nvml::ValueType type, std::uint64_t bits) {
    return nvml::FieldValue{.type = type, .result = NvmlReturn::kSuccess, .bits = bits};
  };
  using nvml::ValueType;
  EXPECT_EQ(field_unsigned(field(ValueType::kDouble, std::bit_cast<std::uint64_t>(3.9))), 3);
  EXPECT_EQ(field_unsigned(field(ValueType::kDouble, std::bit_cast<std::uint64_t>(kNaN))), std::nullopt);
  EXPECT_EQ(field_unsigned(field(ValueType::kDouble, std::bit_cast<std::uint64_t>(1e300))), std::nullopt);
  EXPECT_EQ(field_unsigned(field(ValueType::kUint, 0xAAAA'AAAA'0000'0007)), 7);
  EXPECT_EQ(field_unsigned(field(ValueType::kUlongLong, 7)), 7);
  EXPECT_EQ(field_unsigned(field(ValueType::kSint, 0xFFFF'FFFE)), std::nullopt);
  EXPECT_EQ(field_number(field(ValueType::kSint, 0xFFFF'FFFE)), -2);
  EXPECT_EQ(field_unsigned(field(ValueType::kSlongLong, ~std::uint64_t{0})), std::nullopt);
  EXPECT_EQ(field_number(field(ValueType::kSlongLong, ~std::uint64_t{0})), -1);
  EXPECT_EQ(field_unsigned(field(ValueType::kUshort, 0x1'0005)), 5);
  EXPECT_EQ(field_unsigned(field(static_cast<ValueType>(77), 7)), std::nullopt);
  EXPECT_EQ(field_number(nvml::FieldValue{}), std::nullopt);
}

TEST(MigProfileTest, NamesTheGpuInstance) {
  EXPECT_EQ(mig_profile("NVIDIA H200 MIG 1g.18gb"), "1g.18gb");
  EXPECT_EQ(mig_profile("NVIDIA H200 MIG 1c.3g.71gb"), "3g.71gb");
  EXPECT_EQ(mig_profile("NVIDIA H200 MIG 1g.18gb+me"), "1g.18gb+me");
  EXPECT_EQ(mig_profile("NVIDIA H200"), "");
  EXPECT_EQ(mig_profile("MIG c.3g"), "c.3g");
  EXPECT_EQ(mig_profile(""), "");
}

TEST(SmCountTest, FollowsTheArchitecture) {
  EXPECT_EQ(sm_count_of(16896, 9, 0), 132);  // H200
  EXPECT_EQ(sm_count_of(6912, 8, 0), 108);   // A100
  EXPECT_EQ(sm_count_of(10752, 8, 6), 84);   // A40
  EXPECT_EQ(sm_count_of(5120, 7, 0), 80);    // V100
  EXPECT_EQ(sm_count_of(3584, 6, 0), 56);    // P100
  EXPECT_EQ(sm_count_of(2560, 6, 1), 20);    // P4
  EXPECT_EQ(sm_count_of(100, 9, 0), std::nullopt);
  EXPECT_EQ(sm_count_of(16896, 99, 0), std::nullopt);
  EXPECT_EQ(sm_count_of(0, 9, 0), std::nullopt);
}

}  // namespace
}  // namespace ceems::gpu
