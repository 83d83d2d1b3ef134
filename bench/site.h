// A database as a large site has it after three years: made once, in a directory that may be kept. Everything
// in it follows from the number of units, so two runs make the same.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ceems::bench {

inline constexpr std::int64_t kSiteEndS = 1'893'456'000;  // 2030-01-01T00:00:00Z
inline constexpr std::int64_t kSiteDays = 3 * 365;
inline constexpr std::size_t kSiteUsers = 5'000;
inline constexpr std::size_t kSiteProjects = 1'000;
inline constexpr std::size_t kSiteRunning = 5'000;
inline constexpr const char* kSiteCluster = "hpc";

std::string site_user(std::size_t number);
std::string site_project(std::size_t number);
// The projects of that user: one to three.
std::vector<std::size_t> projects_of_user(std::size_t user);

struct SiteShape {
  std::size_t units = 0;
  bool extremes = false;  // whether rows have smallest and largest values
};

// Fills `directory` unless it holds a site of that shape already.
base::Status make_site(const std::string& directory, const SiteShape& shape);

}  // namespace ceems::bench
