// Days of the calendar as numbers, and the texts of last_updated_at that fall on them. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ceems::store {

// Days since 1970-01-01 of the date that a text such as 2030-01-02T03:04:05 begins with. Absent: it is none.
std::optional<std::int64_t> day_of(std::string_view local_time);
// 2030-01-02; every text of that day begins with it. Years 0 to 9999.
std::string text_of_day(std::int64_t day);
// The day (UTC) of an instant.
std::int64_t utc_day_of(std::int64_t ms);

}  // namespace ceems::store
