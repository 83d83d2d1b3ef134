#include "manager/slurm_tres.h"

#include <gtest/gtest.h>

namespace ceems::manager {
namespace {

constexpr std::int64_t kMiB = 1048576;

TEST(SlurmTres, ReadsWhatAJobWasAllocated) {
  const Tres tres = parse_tres("billing=9,cpu=8,gres/gpu=2,mem=16G,node=3", MemoryReading::kWhole);
  EXPECT_EQ(tres.billing, 9);
  EXPECT_EQ(tres.cpus, 8);
  EXPECT_EQ(tres.gpus, 2);
  EXPECT_EQ(tres.memory_bytes, 16384 * kMiB);
  EXPECT_EQ(tres.nodes, 3);
}

TEST(SlurmTres, CountsGpusOfAllTypesOnce) {
  const auto gpus = [](std::string_view text) { return parse_tres(text, MemoryReading::kWhole).gpus; };
  EXPECT_EQ(gpus("gres/gpu=3,gres/gpu:a100=2,gres/gpu:v100=1"), 3);
  EXPECT_EQ(gpus("gres/gpu:a100=2,gres/gpu=3,gres/gpu:v100=1"), 3);
  EXPECT_EQ(gpus("gres/gpu:a100=2,gres/gpu:v100=1"), 3);
  EXPECT_EQ(gpus("gres/gpumem=80G,gres/gpuutil=50"), 0);
}

TEST(SlurmTres, IgnoresWhatItDoesNotUnderstand) {
  const Tres tres = parse_tres(",cpu,=,cpu=,cpu=x,mem=,mem=G,node=-1,,gres/gpu=,x=y", MemoryReading::kWhole);
  EXPECT_EQ(tres.cpus, 0);
  EXPECT_EQ(tres.memory_bytes, 0);
  EXPECT_EQ(tres.nodes, 0);
  EXPECT_EQ(tres.gpus, 0);
}

TEST(SlurmMemory, CutsFractionsOffUnlessExact) {
  EXPECT_EQ(parse_slurm_memory("1.9G", MemoryReading::kWhole), 1024 * kMiB);
  EXPECT_EQ(parse_slurm_memory("1.5G", MemoryReading::kExact), 1536 * kMiB);
}

TEST(SlurmMemory, KnowsEverySuffix) {
  EXPECT_EQ(parse_slurm_memory("2048K", MemoryReading::kWhole), 2 * kMiB);
  EXPECT_EQ(parse_slurm_memory("2M", MemoryReading::kWhole), 2 * kMiB);
  EXPECT_EQ(parse_slurm_memory("2T", MemoryReading::kWhole), 2 * kMiB * kMiB);
  EXPECT_EQ(parse_slurm_memory("2P", MemoryReading::kWhole), 2048 * kMiB * kMiB);
  EXPECT_EQ(parse_slurm_memory("500", MemoryReading::kWhole), 500 * kMiB);
}

TEST(SlurmMemory, IsBounded) {
  EXPECT_GT(parse_slurm_memory("1e300P", MemoryReading::kExact), 0);
  EXPECT_EQ(parse_slurm_memory("-1G", MemoryReading::kExact), 0);
  EXPECT_EQ(parse_slurm_memory("nan", MemoryReading::kExact), 0);
}

}  // namespace
}  // namespace ceems::manager
