// The rules for devices under cgroup v2: BPF programs that the kernel runs whenever a process opens a device
// file. They are asked by running them: such a program gets the device's numbers and says yes or no.
//
// Source: Documentation/admin-guide/cgroup-v2.rst, "Device controller"; the BPF instruction set, RFC 9669;
// bpf(2).
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ceems::unit {

using DeviceProgram = std::vector<bpf_insn>;

// What the program says of opening that character device for reading and writing. nullopt if it does what
// only the kernel can: maps, calls, memory of its own; or does not end. Thread-safe.
std::optional<bool> run_device_program(std::span<const bpf_insn> program, std::uint32_t major,
                                       std::uint32_t minor);

// Those that hold for a cgroup, its ancestors' included. nullopt if the kernel does not say: needs
// CAP_SYS_ADMIN. Thread-safe.
std::optional<std::vector<DeviceProgram>> device_programs_of(const std::string& directory);

}  // namespace ceems::unit
