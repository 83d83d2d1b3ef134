// NVIDIA's management library, loaded at run time: we link nothing of it, and run where there is none.
#pragma once

#include "base/result.h"
#include "gpu/nvml_abi.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ceems::gpu {

// Not thread-safe: for the one thread that talks to NVML. Destroying it unloads the library; shut NVML down
// before, and never while a call of it has not returned.
class NvmlLibrary {
 public:
  // The first candidate that can be loaded and is such a library: names for the loader to look up, or paths.
  // kNotFound with what each of them lacked.
  static base::Result<std::unique_ptr<NvmlLibrary>> load(std::span<const std::string> candidates);

  NvmlLibrary(void* handle, std::string name) : handle_(handle), name_(std::move(name)) {}  // for load()
  NvmlLibrary(const NvmlLibrary&) = delete;
  NvmlLibrary& operator=(const NvmlLibrary&) = delete;
  ~NvmlLibrary();

  const NvmlFunctions& functions() const { return functions_; }
  const std::string& name() const { return name_; }  // the candidate

 private:
  base::Status resolve();

  void* handle_;
  std::string name_;
  NvmlFunctions functions_;
};

// Where the library is when nobody says: the loader's own search, then where container toolkits, GPU
// operators and distributions without a common library directory put it.
std::vector<std::string> usual_nvml_libraries();

// What the value means, in our words: "GPU is lost". "error 42" for one that is not known.
std::string nvml_error_text(NvmlReturn value);
// The same as a label value: "gpu_is_lost". "other" for one that is not known.
std::string_view nvml_error_label(NvmlReturn value);

}  // namespace ceems::gpu
