// The file that describes generic managers:
//
//   generic:
//     - name: batch                    # label `manager`; each name once
//       pattern: ^/batch\.slice/(?P<account>[a-z]+)/job-(?P<id>[0-9]+)$
//       user: "{owner}"                # the default
//       project: "{account}"           # default: empty
//     - name: containers
//       preset: docker                 # instead of a pattern: see presets.h
//
// A cgroup belongs to the first of them that claims it. Unknown keys are errors.
#pragma once

#include "base/result.h"
#include "unit/manager.h"

#include <memory>
#include <string>
#include <vector>

namespace ceems::unit {

using Managers = std::vector<std::unique_ptr<Manager>>;

// Errors name file, line and key.
base::Result<Managers> load_generic_managers(const std::string& path);
// The same from a text; `name` stands for the file in errors.
base::Result<Managers> parse_generic_managers(std::string text, std::string name);

}  // namespace ceems::unit
