// Programs of a resource manager that a test writes as shell scripts, in a directory of their own. For tests
// of this room.
#pragma once

#include "base/file.h"
#include "base/temporary_directory_test.h"
#include "manager/settings.h"

#include <string>

#include <gtest/gtest.h>

namespace ceems::manager {

class FakePrograms : public testing::Test {
 protected:
  FakePrograms() {
    settings_.id = "hpc";
    settings_.cli.path = directory_;
  }

  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  void program(const std::string& name, const std::string& script) const {
    ASSERT_TRUE(base::write_file_atomically(path(name), "#!/bin/sh\n" + script + "\n", 0755));
  }

  const base::TemporaryDirectory temporary_;
  const std::string directory_ = temporary_.path();
  ClusterSettings settings_;  // of a cluster that has these programs
};

}  // namespace ceems::manager
