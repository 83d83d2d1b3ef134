#include "unit/device_program.h"

#include "cgroup/test_tree.h"
#include "unit/device_permissions.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <fstream>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace ceems::unit {
namespace {

bpf_insn insn(unsigned code, int to, int from, int offset, int constant) {
  bpf_insn one{};
  one.code = static_cast<__u8>(code);
  one.dst_reg = static_cast<__u8>(to) & 15;
  one.src_reg = static_cast<__u8>(from) & 15;
  one.off = static_cast<__s16>(offset);
  one.imm = constant;
  return one;
}

constexpr unsigned kExit = BPF_JMP | BPF_EXIT;
constexpr unsigned kMove = BPF_ALU64 | BPF_MOV | BPF_K;
constexpr unsigned kLoad = BPF_LDX | BPF_MEM | BPF_W;

// As container runtimes and resource managers write it: a block for each rule, and what holds for the rest.
// This one refuses character device 195:1 and everything of 241, and permits what else there is.
DeviceProgram usual_program() {
  return {insn(kLoad, 2, 1, 0, 0),
          insn(BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, 0xFFFF),  // type
          insn(kLoad, 3, 1, 0, 0),
          insn(BPF_ALU | BPF_RSH | BPF_K, 3, 0, 0, 16),  // access
          insn(kLoad, 4, 1, 4, 0),
          insn(kLoad, 5, 1, 8, 0),                                       // numbers
          insn(BPF_JMP | BPF_JNE | BPF_K, 2, 0, 7, BPF_DEVCG_DEV_CHAR),  // first rule
          insn(BPF_ALU | BPF_MOV | BPF_X, 1, 3, 0, 0),
          insn(BPF_ALU | BPF_AND | BPF_K, 1, 0, 0, 6),
          insn(BPF_JMP | BPF_JNE | BPF_X, 1, 3, 4, 0),
          insn(BPF_JMP | BPF_JNE | BPF_K, 4, 0, 3, 195),
          insn(BPF_JMP | BPF_JNE | BPF_K, 5, 0, 2, 1),
          insn(kMove, 0, 0, 0, 0),
          insn(kExit, 0, 0, 0, 0),
          insn(BPF_JMP32 | BPF_JNE | BPF_K, 4, 0, 2, 241),  // second rule
          insn(kMove, 0, 0, 0, 0),
          insn(kExit, 0, 0, 0, 0),
          insn(kMove, 0, 0, 0, 1),
          insn(kExit, 0, 0, 0, 0)};
}

TEST(DeviceProgram, SaysWhatMayBeOpened) {
  const DeviceProgram program = usual_program();
  EXPECT_EQ(run_device_program(program, 195, 0), true);
  EXPECT_EQ(run_device_program(program, 195, 1), false);
  EXPECT_EQ(run_device_program(program, 241, 7), false);
  EXPECT_EQ(run_device_program(program, 1, 3), true);
}

TEST(DeviceProgram, IsNotBelievedIfItDoesWhatOnlyTheKernelCan) {
  const bpf_insn end = insn(kExit, 0, 0, 0, 0);
  const std::vector<DeviceProgram> programs{
      {},
      {insn(kMove, 0, 0, 0, 1)},                                // runs off its end
      {insn(BPF_JMP | BPF_JA, 0, 0, -1, 0), end},               // for ever
      {insn(BPF_JMP | BPF_JA, 0, 0, -9, 0), end},               // before its start
      {insn(BPF_JMP | BPF_JA, 0, 0, 30000, 0), end},            // behind its end
      {insn(BPF_JMP | BPF_CALL, 0, 0, 0, 5), end},              // a helper
      {insn(BPF_LD | BPF_IMM | BPF_DW, 1, 1, 0, 7), end, end},  // a map
      {insn(BPF_LD | BPF_IMM | BPF_DW, 1, 0, 0, 7)},            // half a constant
      {insn(BPF_STX | BPF_MEM | BPF_W, 10, 1, -4, 0), end},     // memory of its own
      {insn(kLoad, 0, 2, 0, 0), end},                           // from anywhere
      {insn(kLoad, 0, 1, 10, 0), end},                          // beyond what it was given
      {insn(kLoad, 0, 1, -4, 0), end},
      {insn(BPF_ALU64 | BPF_ADD | BPF_X, 2, 1, 0, 0), end},  // with a pointer
      {insn(BPF_ALU64 | BPF_DIV | BPF_K, 2, 0, 0, 0), end},
      {insn(kMove, 15, 0, 0, 1), end},  // no such register
  };
  for (std::size_t i = 0; i < programs.size(); ++i)
    EXPECT_EQ(run_device_program(programs[i], 195, 0), std::nullopt) << i;
}

TEST(DeviceProgram, KnowsNumbersOfBothWidths) {
  const bpf_insn end = insn(kExit, 0, 0, 0, 0);
  // -1 >> 32 is 0 in 32 bits' words after a shift by 31 twice, and 2^32 - 1 in 64 bits.
  EXPECT_EQ(run_device_program(DeviceProgram{insn(BPF_ALU | BPF_MOV | BPF_K, 0, 0, 0, -1),
                                             insn(BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, 32), end},
                               1, 1),
            false);
  EXPECT_EQ(
      run_device_program(
          DeviceProgram{insn(kMove, 0, 0, 0, -1), insn(BPF_ALU64 | BPF_RSH | BPF_K, 0, 0, 0, 32), end}, 1, 1),
      true);
  EXPECT_EQ(run_device_program(DeviceProgram{insn(kMove, 0, 0, 0, 1),
                                             insn(BPF_JMP | BPF_JSLT | BPF_K, 0, 0, 1, -5), end, end},
                               1, 1),
            true);
  EXPECT_EQ(run_device_program(
                DeviceProgram{insn(BPF_LD | BPF_IMM | BPF_DW, 0, 0, 0, 0), insn(0, 0, 0, 0, 1), end}, 1, 1),
            false);
}

TEST(DevicePermissions, OfProgramsAreWhatAllOfThemPermit) {
  const DeviceProgram refuses_all{insn(kMove, 0, 0, 0, 0), insn(kExit, 0, 0, 0, 0)};
  EXPECT_FALSE(DevicePermissions::of_programs({}));
  EXPECT_EQ(DevicePermissions::of_programs({usual_program()})->allows(195, 0), true);
  EXPECT_EQ(DevicePermissions::of_programs({usual_program()})->allows(195, 1), false);
  EXPECT_EQ(DevicePermissions::of_programs({usual_program(), refuses_all})->allows(195, 0), false);
  EXPECT_EQ(DevicePermissions::of_programs({usual_program(), {}})->allows(195, 0), std::nullopt);
}

// The mount point of a cgroup v2 tree; "" without one.
std::string unified_mount() {
  std::ifstream mounts("/proc/mounts");
  std::string device;
  std::string path;
  std::string type;
  while (mounts >> device >> path >> type) {
    if (type == "cgroup2") return path;
    mounts.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return "";
}

TEST(DeviceProgram, IsReadBackFromTheKernelWhereItLetsUs) {
  // As on most machines of users: there is nothing to ask then, and nothing is told.
  EXPECT_EQ(device_programs_of("/not/there"), std::nullopt);
  EXPECT_EQ(device_programs_of("/"), std::nullopt);
  const std::string mount = unified_mount();
  const std::string directory = mount + fmt::format("/ceems-test-{}", ::getpid());
  if (mount.empty() || ::mkdir(directory.c_str(), 0755) != 0) return;
  const DeviceProgram program = usual_program();
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attributes.expected_attach_type = BPF_CGROUP_DEVICE;
  attributes.insns = std::bit_cast<std::uintptr_t>(program.data());
  attributes.insn_cnt = static_cast<__u32>(program.size());
  attributes.license = std::bit_cast<std::uintptr_t>(static_cast<const char*>("GPL"));
  const long loaded = ::syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
  if (loaded >= 0) {
    const base::Fd fd(static_cast<int>(loaded));
    const base::Fd cgroup(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    attributes = {};
    attributes.target_fd = static_cast<__u32>(cgroup.get());
    attributes.attach_bpf_fd = static_cast<__u32>(fd.get());
    attributes.attach_type = BPF_CGROUP_DEVICE;
    attributes.attach_flags = BPF_F_ALLOW_MULTI;
    EXPECT_EQ(::syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof attributes), 0);
    auto programs = device_programs_of(directory);
    ASSERT_TRUE(programs);
    const auto permissions = DevicePermissions::of_programs(*std::move(programs));
    ASSERT_TRUE(permissions);
    EXPECT_EQ(permissions->allows(195, 0), true);
    EXPECT_EQ(permissions->allows(195, 1), false);
    EXPECT_EQ(permissions->allows(241, 9), false);
  }
  cgroup::testing::remove_cgroups(directory);
}

}  // namespace
}  // namespace ceems::unit
