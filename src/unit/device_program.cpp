#include "unit/device_program.h"

#include "base/fd.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace ceems::unit {

namespace {

constexpr std::size_t kMostSteps = 1'000'000;
constexpr std::size_t kMostPrograms = 64;
constexpr std::size_t kMostInstructions = 65'536;

struct Register {
  std::uint64_t value = 0;
  bool is_context = false;
};

class Machine {
 public:
  Machine(std::span<const bpf_insn> program, std::uint32_t major, std::uint32_t minor) : program_(program) {
    constexpr std::uint32_t kAccess = BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;
    const bpf_cgroup_dev_ctx context{
        .access_type = (kAccess << 16) | BPF_DEVCG_DEV_CHAR, .major = major, .minor = minor};
    std::memcpy(context_.data(), &context, sizeof context);
    registers_[BPF_REG_1].is_context = true;
  }

  std::optional<bool> run() {
    for (std::size_t step = 0; step < kMostSteps; ++step) {
      if (at_ >= program_.size()) return std::nullopt;
      const bpf_insn& now = program_[at_++];
      if (now.dst_reg >= registers_.size() || now.src_reg >= registers_.size()) return std::nullopt;
      if (now.code == (BPF_JMP | BPF_EXIT)) {
        // The kernel looks at 32 bits.
        return static_cast<std::uint32_t>(registers_[BPF_REG_0].value) != 0;
      }
      if (!execute(now)) return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  bool execute(const bpf_insn& now) {
    switch (BPF_CLASS(now.code)) {
      case BPF_LD:
        return load_constant(now);
      case BPF_LDX:
        return load(now);
      case BPF_ALU:
      case BPF_ALU64:
        return calculate(now);
      case BPF_JMP:
      case BPF_JMP32:
        return jump(now);
      default:
        return false;
    }
  }

  bool load_constant(const bpf_insn& now) {
    // A source is a map, or other things that only the kernel has.
    if (now.code != (BPF_LD | BPF_IMM | BPF_DW) || now.src_reg != 0 || at_ >= program_.size()) return false;
    const std::uint64_t high = static_cast<std::uint32_t>(program_[at_++].imm);
    registers_[now.dst_reg] = {.value = (high << 32) | static_cast<std::uint32_t>(now.imm),
                               .is_context = false};
    return true;
  }

  bool load(const bpf_insn& now) {
    if (BPF_MODE(now.code) != BPF_MEM || !registers_[now.src_reg].is_context) return false;
    std::size_t size = 0;
    switch (BPF_SIZE(now.code)) {
      case BPF_B:
        size = 1;
        break;
      case BPF_H:
        size = 2;
        break;
      case BPF_W:
        size = 4;
        break;
      default:
        return false;
    }
    if (now.off < 0 || static_cast<std::size_t>(now.off) + size > context_.size()) return false;
    std::uint64_t value = 0;
    // Little-endian, like every machine with such GPUs.
    std::memcpy(&value, context_.data() + now.off, size);
    registers_[now.dst_reg] = {.value = value, .is_context = false};
    return true;
  }

  // The second operand; nullopt if it is no number.
  std::optional<std::uint64_t> operand(const bpf_insn& now) const {
    if (BPF_SRC(now.code) == BPF_K) return static_cast<std::uint64_t>(std::int64_t{now.imm});
    if (registers_[now.src_reg].is_context) return std::nullopt;
    return registers_[now.src_reg].value;
  }

  bool calculate(const bpf_insn& now) {
    Register& to = registers_[now.dst_reg];
    const bool is_wide = BPF_CLASS(now.code) == BPF_ALU64;
    // The offset would make other operations of some.
    if (now.off != 0) return false;
    if (BPF_OP(now.code) == BPF_MOV) {
      if (is_wide && BPF_SRC(now.code) == BPF_X) {
        to = registers_[now.src_reg];
        return true;
      }
      const auto value = operand(now);
      if (!value) return false;
      to = {.value = is_wide ? *value : static_cast<std::uint32_t>(*value), .is_context = false};
      return true;
    }
    const auto second = operand(now);
    if (!second || to.is_context) return false;
    const auto value = is_wide ? apply<std::uint64_t>(BPF_OP(now.code), to.value, *second)
                               : apply<std::uint32_t>(BPF_OP(now.code), to.value, *second);
    if (!value) return false;
    to.value = *value;
    return true;
  }

  template <class Word>
  static std::optional<std::uint64_t> apply(unsigned operation, std::uint64_t left, std::uint64_t right) {
    const auto a = static_cast<Word>(left);
    const auto b = static_cast<Word>(right);
    constexpr Word kShift = sizeof(Word) * 8 - 1;
    switch (operation) {
      case BPF_ADD:
        return static_cast<Word>(a + b);
      case BPF_SUB:
        return static_cast<Word>(a - b);
      case BPF_AND:
        return static_cast<Word>(a & b);
      case BPF_OR:
        return static_cast<Word>(a | b);
      case BPF_XOR:
        return static_cast<Word>(a ^ b);
      case BPF_LSH:
        return static_cast<Word>(a << (b & kShift));
      case BPF_RSH:
        return static_cast<Word>(a >> (b & kShift));
      default:
        return std::nullopt;
    }
  }

  bool jump(const bpf_insn& now) {
    bool taken = true;
    if (now.code != (BPF_JMP | BPF_JA)) {
      const auto second = operand(now);
      if (!second || registers_[now.dst_reg].is_context) return false;
      const auto holds =
          BPF_CLASS(now.code) == BPF_JMP
              ? compare<std::uint64_t, std::int64_t>(BPF_OP(now.code), registers_[now.dst_reg].value, *second)
              : compare<std::uint32_t, std::int32_t>(BPF_OP(now.code), registers_[now.dst_reg].value,
                                                     *second);
      if (!holds) return false;
      taken = *holds;
    }
    if (!taken) return true;
    const std::int64_t target = static_cast<std::int64_t>(at_) + now.off;
    if (target < 0) return false;
    at_ = static_cast<std::size_t>(target);
    return true;
  }

  template <class Word, class Signed>
  static std::optional<bool> compare(unsigned operation, std::uint64_t left, std::uint64_t right) {
    const auto a = static_cast<Word>(left);
    const auto b = static_cast<Word>(right);
    const auto sa = static_cast<Signed>(a);
    const auto sb = static_cast<Signed>(b);
    switch (operation) {
      case BPF_JEQ:
        return a == b;
      case BPF_JNE:
        return a != b;
      case BPF_JGT:
        return a > b;
      case BPF_JGE:
        return a >= b;
      case BPF_JLT:
        return a < b;
      case BPF_JLE:
        return a <= b;
      case BPF_JSET:
        return (a & b) != 0;
      case BPF_JSGT:
        return sa > sb;
      case BPF_JSGE:
        return sa >= sb;
      case BPF_JSLT:
        return sa < sb;
      case BPF_JSLE:
        return sa <= sb;
      default:
        return std::nullopt;
    }
  }

  std::span<const bpf_insn> program_;
  std::array<std::uint8_t, sizeof(bpf_cgroup_dev_ctx)> context_{};
  std::array<Register, 11> registers_{};
  std::size_t at_ = 0;
};

static_assert(std::endian::native == std::endian::little);

long bpf(bpf_cmd command, bpf_attr& attributes) {
  return ::syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

template <class T>
std::uint64_t address_of(T* object) {
  return std::bit_cast<std::uintptr_t>(object);
}

std::optional<DeviceProgram> read_program(std::uint32_t id) {
  bpf_attr attributes{};
  attributes.prog_id = id;
  const base::Fd program(static_cast<int>(bpf(BPF_PROG_GET_FD_BY_ID, attributes)));
  if (program.get() < 0) return std::nullopt;
  DeviceProgram instructions(kMostInstructions);
  bpf_prog_info info{};
  info.xlated_prog_insns = address_of(instructions.data());
  info.xlated_prog_len = static_cast<std::uint32_t>(instructions.size() * sizeof(bpf_insn));
  attributes = {};
  attributes.info.bpf_fd = static_cast<std::uint32_t>(program.get());
  attributes.info.info_len = sizeof info;
  attributes.info.info = address_of(&info);
  if (bpf(BPF_OBJ_GET_INFO_BY_FD, attributes) != 0) return std::nullopt;
  // A longer one was cut off, and of what the kernel hides there is no text.
  const std::size_t length = info.xlated_prog_len / sizeof(bpf_insn);
  if (length == 0 || length > instructions.size() || info.xlated_prog_insns == 0) return std::nullopt;
  instructions.resize(length);
  return instructions;
}

}  // namespace

std::optional<bool> run_device_program(std::span<const bpf_insn> program, std::uint32_t major,
                                       std::uint32_t minor) {
  return Machine(program, major, minor).run();
}

std::optional<std::vector<DeviceProgram>> device_programs_of(const std::string& directory) {
  const base::Fd cgroup(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (cgroup.get() < 0) return std::nullopt;
  std::array<std::uint32_t, kMostPrograms> ids{};
  bpf_attr attributes{};
  attributes.query.target_fd = static_cast<std::uint32_t>(cgroup.get());
  attributes.query.attach_type = BPF_CGROUP_DEVICE;
  attributes.query.query_flags = BPF_F_QUERY_EFFECTIVE;
  attributes.query.prog_ids = address_of(ids.data());
  attributes.query.prog_cnt = kMostPrograms;
  if (bpf(BPF_PROG_QUERY, attributes) != 0 || attributes.query.prog_cnt > kMostPrograms) return std::nullopt;
  std::vector<DeviceProgram> programs;
  for (std::uint32_t i = 0; i < attributes.query.prog_cnt; ++i) {
    auto program = read_program(ids.at(i));
    if (!program) return std::nullopt;
    programs.push_back(*std::move(program));
  }
  return programs;
}

}  // namespace ceems::unit
