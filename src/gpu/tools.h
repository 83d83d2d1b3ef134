// The vendors' tools that know the GPUs of a node: run on this host, or else elsewhere. Not thread-safe.
#pragma once

#include "base/result.h"
#include "gpu/detect.h"

#include <string>
#include <string_view>
#include <vector>

namespace ceems::gpu {

// Several tools of one place.
class Tools {
 public:
  virtual ~Tools() = default;
  // Standard output of a tool that succeeded. kNotFound: it is not there. kUnavailable: it ended with another
  // status than 0. Others as base::run_child() and ToolPlace.
  virtual base::Result<std::string> run(std::string_view name,
                                        const std::vector<std::string>& arguments) const = 0;
};

// Those of this host. `options` must outlive it.
class OwnTools final : public Tools {
 public:
  explicit OwnTools(const DetectOptions& options) : options_(options) {}
  base::Result<std::string> run(std::string_view name,
                                const std::vector<std::string>& arguments) const override;

 private:
  base::Result<std::string> find(std::string_view name) const;
  const DetectOptions& options_;
};

// Those of options.elsewhere, which is not null.
class ToolsElsewhere final : public Tools {
 public:
  ToolsElsewhere(const DetectOptions& options, Vendor vendor) : options_(options), vendor_(vendor) {}
  base::Result<std::string> run(std::string_view name,
                                const std::vector<std::string>& arguments) const override;

 private:
  const DetectOptions& options_;
  const Vendor vendor_;
};

// That a tool ended badly, in words: with a signal, or a status if that is 0. `output` and `errors` are what
// it said.
std::unexpected<base::Error> ended_badly(std::string_view subject, int status, int signal,
                                         std::string_view output, std::string_view errors);

// One error of two: what failed first, and what failed in its place.
base::Error both_failed(base::Error first, base::Error second);

}  // namespace ceems::gpu
