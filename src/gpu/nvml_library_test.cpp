#include "gpu/nvml_library.h"

#include "gpu/standin_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ceems::gpu {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(NvmlLibraryTest, TakesTheFirstThatCanBeLoaded) {
  const NvmlStandin standin("");
  const std::vector<std::string> candidates{"/nonexistent/libnvidia-ml.so.1", "libm.so.6", standin.path()};
  const auto library = NvmlLibrary::load(candidates);
  ASSERT_TRUE(library) << library.error().text();
  EXPECT_EQ((*library)->name(), standin.path());
}

TEST(NvmlLibraryTest, SaysWhatEachCandidateLacks) {
  const std::vector<std::string> candidates{"/nonexistent/libnvidia-ml.so.1", "libm.so.6"};
  const auto library = NvmlLibrary::load(candidates);
  ASSERT_FALSE(library);
  EXPECT_EQ(library.error().code, base::ErrorCode::kNotFound);
  EXPECT_THAT(library.error().text(),
              AllOf(HasSubstr("/nonexistent/libnvidia-ml.so.1: cannot open shared object file"),
                    HasSubstr("libm.so.6: not an NVML library")));
}

TEST(NvmlLibraryTest, UsesWhatADriverHas) {
  const NvmlStandin recent("");
  const NvmlStandin old("", "old");
  const auto new_library = NvmlLibrary::load(recent.libraries()).value();
  const auto old_library = NvmlLibrary::load(old.libraries()).value();
  EXPECT_NE(new_library->functions().energy, nullptr);
  EXPECT_NE(new_library->functions().compute_processes, nullptr);
  EXPECT_EQ(old_library->functions().energy, nullptr);
  EXPECT_EQ(old_library->functions().gpm_metrics, nullptr);
  EXPECT_EQ(old_library->functions().compute_processes, nullptr);
  EXPECT_NE(old_library->functions().compute_processes_v1, nullptr);
  EXPECT_NE(old_library->functions().pci_info, nullptr);
}

TEST(NvmlLibraryTest, NamesErrorsThatItDoesNotKnow) {
  EXPECT_EQ(nvml_error_text(NvmlReturn::kGpuIsLost), "the GPU has fallen off the bus");
  EXPECT_EQ(nvml_error_label(NvmlReturn::kGpuIsLost), "gpu_is_lost");
  EXPECT_EQ(nvml_error_text(static_cast<NvmlReturn>(-7)), "error -7");
  EXPECT_EQ(nvml_error_label(static_cast<NvmlReturn>(-7)), "other");
}

}  // namespace
}  // namespace ceems::gpu
