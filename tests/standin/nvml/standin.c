/* A stand-in for libnvidia-ml.so.1. What it says stands in nvml.conf beside it (config.h), key by key:
 *
 *   devices N                        gpu0 … gpuN-1
 *   driver TEXT, nvml TEXT           versions
 *   fail.FUNCTION CODE               that function returns CODE; fail.gpu0 CODE: every function of that GPU
 *   hang FUNCTION                    it does not return while this line is there
 *   gpu0.KEY VALUE                   a reading, see the functions; "Not Supported" where the key is missing
 *   gpu0.mig 1, gpu0.mig_devices N   MIG is on; gpu0.mig0.ids GI CI SMS SLICES SLICES, gpu0.mig0.KEY VALUE
 *   gpu0.compute PID:BYTES …         processes; gpu0.compute_many N: N of them; gpu0.compute_grow N: N more
 * each call gpu0.utilization_of PID:SM:TIME … process utilisation gpu0.field.ID TYPE VALUE         TYPE d, u,
 * l or i: double, unsigned, unsigned long long, int gpu0.xids XID …                  events: each is told
 * once gpu0.gpm 1, gpu0.gpm.ID VALUE    profiling; of a GPU instance: gpu0.gi3.gpm.ID
 *
 * Like the original it answers "Uninitialized" outside of init and shutdown, and it aborts where it is
 * misused in a way that would crash or leak in the original. */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int nvml_return;
enum {
  SUCCESS = 0,
  UNINITIALIZED = 1,
  INVALID_ARGUMENT = 2,
  NOT_SUPPORTED = 3,
  NOT_FOUND = 6,
  INSUFFICIENT_SIZE = 7,
  TIMEOUT = 10
};
enum { kMaxGpus = 64, kMaxMig = 8 };

struct handle {
  int gpu, mig;
};
typedef struct handle* nvml_device;

static struct handle gpus[kMaxGpus];
static struct handle migs[kMaxGpus][kMaxMig];
static int initialised;
static int samples_alive;

static char prefix_text[64];
static const char* prefix(nvml_device device) {
  if (device->mig < 0) {
    snprintf(prefix_text, sizeof prefix_text, "gpu%d", device->gpu);
  } else {
    snprintf(prefix_text, sizeof prefix_text, "gpu%d.mig%d", device->gpu, device->mig);
  }
  return prefix_text;
}

/* Takes the lock; every function that calls it ends with leave(). */
static nvml_return enter(const char* function, nvml_device device) {
  config_lock();
  config_load();
  for (const char* hung; (hung = config_find("hang")) != NULL && strcmp(hung, function) == 0; config_load()) {
    config_unlock();
    usleep(2000);
    config_lock();
  }
  const char* code = config_findf("fail.%s", function);
  if (code == NULL && device != NULL) code = config_findf("fail.gpu%d", device->gpu);
  if (code != NULL && atoi(code) != SUCCESS) return atoi(code);
  return initialised || strncmp(function, "nvmlInit", 8) == 0 ? SUCCESS : UNINITIALIZED;
}

static nvml_return leave(nvml_return value) {
  config_unlock();
  return value;
}

#define ENTER(device)                                    \
  const nvml_return entered = enter(__func__, (device)); \
  if (entered != SUCCESS) return leave(entered)

static const char* find(nvml_device device, const char* key) {
  return config_findf("%s.%s", prefix(device), key);
}

static nvml_return wide(nvml_device device, const char* key, unsigned long long* to) {
  const char* value = find(device, key);
  if (value == NULL) return NOT_SUPPORTED;
  *to = strtoull(value, NULL, 0);
  return SUCCESS;
}

static nvml_return narrow(nvml_device device, const char* key, unsigned* to) {
  unsigned long long value;
  const nvml_return result = wide(device, key, &value);
  if (result == SUCCESS) *to = (unsigned)value;
  return result;
}

/* Several numbers in one value. */
static nvml_return numbers(nvml_device device, const char* key, int count, unsigned long long* to) {
  const char* value = find(device, key);
  if (value == NULL) return NOT_SUPPORTED;
  for (int i = 0; i < count; ++i) {
    char* end;
    to[i] = strtoull(value, &end, 0);
    value = end;
  }
  return SUCCESS;
}

static nvml_return copy(const char* text, char* to, unsigned size) {
  if (text == NULL) return NOT_SUPPORTED;
  if (strcmp(text, "UNTERMINATED") == 0) {
    memset(to, 'U', size);
    return SUCCESS;
  }
  if (strlen(text) + 1 > size) return INSUFFICIENT_SIZE;
  strcpy(to, text);
  return SUCCESS;
}

static nvml_return start(void) {
  for (int i = 0; i < kMaxGpus; ++i) {
    gpus[i] = (struct handle){i, -1};
    for (int j = 0; j < kMaxMig; ++j)
      migs[i][j] = (struct handle){i, j};
  }
  initialised = 1;
  return SUCCESS;
}

nvml_return nvmlShutdown(void) {
  ENTER(NULL);
  if (samples_alive != 0) abort();
  initialised = 0;
  return leave(SUCCESS);
}

static nvml_return count_devices(unsigned* to) {
  const char* value = config_find("devices");
  *to = value == NULL ? 0 : (unsigned)strtoul(value, NULL, 0);
  return SUCCESS;
}

static nvml_return device_of(unsigned index, nvml_device* to) {
  if (index >= kMaxGpus) return INVALID_ARGUMENT;
  *to = &gpus[index];
  const char* code = config_findf("fail.gpu%u", index);
  return code == NULL ? SUCCESS : atoi(code);
}

nvml_return nvmlSystemGetDriverVersion(char* to, unsigned size) {
  ENTER(NULL);
  return leave(copy(config_find("driver"), to, size));
}

nvml_return nvmlSystemGetNVMLVersion(char* to, unsigned size) {
  ENTER(NULL);
  return leave(copy(config_find("nvml"), to, size));
}

nvml_return nvmlDeviceGetName(nvml_device device, char* to, unsigned size) {
  ENTER(device);
  return leave(copy(find(device, "name"), to, size));
}

nvml_return nvmlDeviceGetUUID(nvml_device device, char* to, unsigned size) {
  ENTER(device);
  return leave(copy(find(device, "uuid"), to, size));
}

struct pci_v2 {
  char bus_id[16];
  unsigned domain, bus, device, device_id, subsystem_id, reserved[4];
};

struct pci_v3 {
  char bus_id_legacy[16];
  unsigned domain, bus, device, device_id, subsystem_id;
  char bus_id[32];
};

nvml_return nvmlDeviceGetPciInfo_v2(nvml_device device, struct pci_v2* to) {
  ENTER(device);
  memset(to, 0, sizeof *to);
  return leave(copy(find(device, "bus_id_legacy"), to->bus_id, sizeof to->bus_id));
}

nvml_return nvmlDeviceGetPowerUsage(nvml_device device, unsigned* to) {
  ENTER(device);
  return leave(narrow(device, "power", to));
}

struct utilization {
  unsigned gpu, memory;
};

nvml_return nvmlDeviceGetUtilizationRates(nvml_device device, struct utilization* to) {
  ENTER(device);
  unsigned long long values[2];
  const nvml_return result = numbers(device, "utilization", 2, values);
  if (result == SUCCESS) *to = (struct utilization){(unsigned)values[0], (unsigned)values[1]};
  return leave(result);
}

struct memory {
  unsigned long long total, free, used;
};

/* Key `memory`: total, reserved, free, used. */
nvml_return nvmlDeviceGetMemoryInfo(nvml_device device, struct memory* to) {
  ENTER(device);
  unsigned long long values[4];
  const nvml_return result = numbers(device, "memory", 4, values);
  if (result == SUCCESS) *to = (struct memory){values[0], values[2], values[1] + values[3]};
  return leave(result);
}

nvml_return nvmlDeviceGetClockInfo(nvml_device device, int which, unsigned* to) {
  ENTER(device);
  static const char* const keys[] = {"clock_graphics", "clock_sm", "clock_memory", "clock_video"};
  return leave(which < 0 || which > 3 ? INVALID_ARGUMENT : narrow(device, keys[which], to));
}

nvml_return nvmlDeviceGetTemperature(nvml_device device, int sensor, unsigned* to) {
  ENTER(device);
  return leave(sensor != 0 ? INVALID_ARGUMENT : narrow(device, "temperature", to));
}

nvml_return nvmlDeviceGetCurrentClocksThrottleReasons(nvml_device device, unsigned long long* to) {
  ENTER(device);
  return leave(wide(device, "reasons", to));
}

struct process_v1 {
  unsigned pid;
  unsigned long long memory;
};

struct process_v2 {
  unsigned pid;
  unsigned long long memory;
  unsigned gpu_instance, compute_instance;
};

/* Writes process number `i` of `key`; 0 when there is none. */
static int process(nvml_device device, const char* key, unsigned i, struct process_v2* to) {
  char many[64];
  snprintf(many, sizeof many, "%s_many", key);
  const char* value = find(device, many);
  if (value != NULL) {
    if (i >= strtoul(value, NULL, 0)) return 0;
    *to = (struct process_v2){1000 + i, 1 << 20, ~0U, ~0U};
    return 1;
  }
  value = find(device, key);
  for (unsigned at = 0; value != NULL && *value != '\0'; ++at) {
    char* end;
    const unsigned pid = (unsigned)strtoul(value, &end, 0);
    const unsigned long long memory = *end == ':' ? strtoull(end + 1, &end, 0) : 0;
    if (at == i) {
      *to = (struct process_v2){pid, memory, ~0U, ~0U};
      return 1;
    }
    value = *end == ' ' ? end + 1 : end;
  }
  return 0;
}

/* How many there are now, with those that came since the last call. */
static unsigned processes(nvml_device device, const char* key) {
  static unsigned calls;
  struct process_v2 one;
  char grow[64];
  snprintf(grow, sizeof grow, "%s_grow", key);
  const char* more = find(device, grow);
  if (more != NULL) return 8 + ++calls * (unsigned)strtoul(more, NULL, 0);
  unsigned count = 0;
  while (process(device, key, count, &one))
    ++count;
  return count;
}

static nvml_return list_processes(nvml_device device, const char* key, unsigned* count, void* to,
                                  int version) {
  const unsigned there = processes(device, key);
  const unsigned room = *count;
  *count = there;
  if (there > room) return INSUFFICIENT_SIZE;
  for (unsigned i = 0; i < there; ++i) {
    struct process_v2 one = {1000 + i, 0, ~0U, ~0U};
    process(device, key, i, &one);
    if (version == 1) {
      ((struct process_v1*)to)[i] = (struct process_v1){one.pid, one.memory};
    } else {
      ((struct process_v2*)to)[i] = one;
    }
  }
  const char* lie = find(device, "count_lies");
  if (lie != NULL) *count = (unsigned)strtoul(lie, NULL, 0);
  return SUCCESS;
}

nvml_return nvmlDeviceGetComputeRunningProcesses(nvml_device device, unsigned* count, struct process_v1* to) {
  ENTER(device);
  return leave(list_processes(device, "compute", count, to, 1));
}

nvml_return nvmlDeviceGetGraphicsRunningProcesses(nvml_device device, unsigned* count,
                                                  struct process_v1* to) {
  ENTER(device);
  return leave(list_processes(device, "graphics", count, to, 1));
}

/* Key `ecc`: corrected since the driver was loaded, uncorrected, then both over the GPU's life. */
nvml_return nvmlDeviceGetTotalEccErrors(nvml_device device, int error, int counter, unsigned long long* to) {
  ENTER(device);
  unsigned long long values[4];
  const nvml_return result = numbers(device, "ecc", 4, values);
  if (result == SUCCESS) *to = values[2 * counter + error];
  return leave(result);
}

#ifdef STANDIN_OLD

nvml_return nvmlInit(void) {
  ENTER(NULL);
  return leave(start());
}

nvml_return nvmlDeviceGetCount(unsigned* to) {
  ENTER(NULL);
  return leave(count_devices(to));
}

nvml_return nvmlDeviceGetHandleByIndex(unsigned index, nvml_device* to) {
  ENTER(NULL);
  return leave(device_of(index, to));
}

#else

nvml_return nvmlInit_v2(void) {
  ENTER(NULL);
  return leave(start());
}

nvml_return nvmlDeviceGetCount_v2(unsigned* to) {
  ENTER(NULL);
  return leave(count_devices(to));
}

nvml_return nvmlDeviceGetHandleByIndex_v2(unsigned index, nvml_device* to) {
  ENTER(NULL);
  return leave(device_of(index, to));
}

nvml_return nvmlDeviceGetPciInfo_v3(nvml_device device, struct pci_v3* to) {
  ENTER(device);
  memset(to, 0, sizeof *to);
  return leave(copy(find(device, "bus_id"), to->bus_id, sizeof to->bus_id));
}

nvml_return nvmlDeviceGetMinorNumber(nvml_device device, unsigned* to) {
  ENTER(device);
  return leave(narrow(device, "minor", to));
}

nvml_return nvmlDeviceGetNumGpuCores(nvml_device device, unsigned* to) {
  ENTER(device);
  return leave(narrow(device, "cores", to));
}

nvml_return nvmlDeviceGetCudaComputeCapability(nvml_device device, int* major, int* minor) {
  ENTER(device);
  unsigned long long values[2];
  const nvml_return result = numbers(device, "capability", 2, values);
  if (result == SUCCESS) {
    *major = (int)values[0];
    *minor = (int)values[1];
  }
  return leave(result);
}

nvml_return nvmlDeviceGetMigMode(nvml_device device, unsigned* current, unsigned* pending) {
  ENTER(device);
  const nvml_return result = narrow(device, "mig", current);
  if (result == SUCCESS) *pending = *current;
  return leave(result);
}

nvml_return nvmlDeviceGetMaxMigDeviceCount(nvml_device device, unsigned* to) {
  ENTER(device);
  return leave(narrow(device, "mig_devices", to));
}

/* Key `ids` of a MIG device: GPU instance, compute instance, multiprocessors, slices of both. */
nvml_return nvmlDeviceGetMigDeviceHandleByIndex(nvml_device device, unsigned index, nvml_device* to) {
  ENTER(device);
  if (device->mig >= 0 || index >= kMaxMig) return leave(INVALID_ARGUMENT);
  if (config_findf("gpu%d.mig%u.ids", device->gpu, index) == NULL) return leave(NOT_FOUND);
  *to = &migs[device->gpu][index];
  return leave(SUCCESS);
}

nvml_return nvmlDeviceGetGpuInstanceId(nvml_device device, unsigned* to) {
  ENTER(device);
  return leave(narrow(device, "ids", to));
}

nvml_return nvmlDeviceGetComputeInstanceId(nvml_device device, unsigned* to) {
  ENTER(device);
  unsigned long long values[2];
  const nvml_return result = numbers(device, "ids", 2, values);
  if (result == SUCCESS) *to = (unsigned)values[1];
  return leave(result);
}

struct attributes {
  unsigned multiprocessors, engines[5], gpu_slices, compute_slices;
  unsigned long long memory_mib;
};

nvml_return nvmlDeviceGetAttributes_v2(nvml_device device, struct attributes* to) {
  ENTER(device);
  unsigned long long values[5];
  const nvml_return result = device->mig < 0 ? NOT_SUPPORTED : numbers(device, "ids", 5, values);
  memset(to, 0, sizeof *to);
  if (result != SUCCESS) return leave(result);
  to->multiprocessors = (unsigned)values[2];
  to->gpu_slices = (unsigned)values[3];
  to->compute_slices = (unsigned)values[4];
  return leave(SUCCESS);
}

nvml_return nvmlDeviceGetTotalEnergyConsumption(nvml_device device, unsigned long long* to) {
  ENTER(device);
  return leave(wide(device, "energy", to));
}

nvml_return nvmlDeviceGetEnforcedPowerLimit(nvml_device device, unsigned* to) {
  ENTER(device);
  return leave(narrow(device, "power_limit", to));
}

nvml_return nvmlDeviceGetPowerManagementLimit(nvml_device device, unsigned* to) {
  ENTER(device);
  return leave(narrow(device, "power_management_limit", to));
}

nvml_return nvmlDeviceGetEncoderUtilization(nvml_device device, unsigned* to, unsigned* period) {
  ENTER(device);
  *period = 100000;
  return leave(narrow(device, "encoder", to));
}

nvml_return nvmlDeviceGetDecoderUtilization(nvml_device device, unsigned* to, unsigned* period) {
  ENTER(device);
  *period = 100000;
  return leave(narrow(device, "decoder", to));
}

struct memory_v2 {
  unsigned version;
  unsigned long long total, reserved, free, used;
};

nvml_return nvmlDeviceGetMemoryInfo_v2(nvml_device device, struct memory_v2* to) {
  ENTER(device);
  if (to->version != (sizeof *to | 2U << 24)) return leave(25);
  unsigned long long values[4];
  const nvml_return result = numbers(device, "memory", 4, values);
  if (result == SUCCESS) *to = (struct memory_v2){to->version, values[0], values[1], values[2], values[3]};
  return leave(result);
}

/* Key `remapped`: corrected, uncorrected, pending, failed. */
nvml_return nvmlDeviceGetRemappedRows(nvml_device device, unsigned* corrected, unsigned* uncorrected,
                                      unsigned* pending, unsigned* failed) {
  ENTER(device);
  unsigned long long values[4];
  const nvml_return result = numbers(device, "remapped", 4, values);
  if (result != SUCCESS) return leave(result);
  *corrected = (unsigned)values[0];
  *uncorrected = (unsigned)values[1];
  *pending = (unsigned)values[2];
  *failed = (unsigned)values[3];
  return leave(SUCCESS);
}

nvml_return nvmlDeviceGetPcieReplayCounter(nvml_device device, unsigned* to) {
  ENTER(device);
  return leave(narrow(device, "pcie_replays", to));
}

nvml_return nvmlDeviceGetPcieThroughput(nvml_device device, int direction, unsigned* to) {
  ENTER(device);
  return leave(narrow(device, direction == 0 ? "pcie_tx" : "pcie_rx", to));
}

struct field {
  unsigned id, scope;
  long long timestamp, latency;
  unsigned type;
  nvml_return result;
  union {
    double d;
    unsigned u;
    unsigned long long l;
    int i;
  } value;
};

static nvml_return field(nvml_device device, struct field* to) {
  const char* text = config_findf("%s.field.%u", prefix(device), to->id);
  if (text == NULL || strlen(text) < 3) return NOT_SUPPORTED;
  to->value.l = 0;
  switch (text[0]) {
    case 'd':
      to->type = 0;
      to->value.d = strtod(text + 2, NULL);
      return SUCCESS;
    case 'u':
      to->type = 1;
      to->value.u = (unsigned)strtoul(text + 2, NULL, 0);
      return SUCCESS;
    case 'l':
      to->type = 3;
      to->value.l = strtoull(text + 2, NULL, 0);
      return SUCCESS;
    case 'i':
      to->type = 5;
      to->value.i = atoi(text + 2);
      return SUCCESS;
    default:
      to->type = 77;
      return SUCCESS;
  }
}

nvml_return nvmlDeviceGetFieldValues(nvml_device device, int count, struct field* to) {
  ENTER(device);
  for (int i = 0; i < count; ++i)
    to[i].result = field(device, &to[i]);
  return leave(SUCCESS);
}

nvml_return nvmlDeviceGetComputeRunningProcesses_v3(nvml_device device, unsigned* count,
                                                    struct process_v2* to) {
  ENTER(device);
  return leave(list_processes(device, "compute", count, to, 2));
}

nvml_return nvmlDeviceGetGraphicsRunningProcesses_v3(nvml_device device, unsigned* count,
                                                     struct process_v2* to) {
  ENTER(device);
  return leave(list_processes(device, "graphics", count, to, 2));
}

nvml_return nvmlDeviceGetMPSComputeRunningProcesses_v3(nvml_device device, unsigned* count,
                                                       struct process_v2* to) {
  ENTER(device);
  return leave(list_processes(device, "mps", count, to, 2));
}

struct process_utilization {
  unsigned pid;
  unsigned long long time;
  unsigned sm, memory, encoder, decoder;
};

nvml_return nvmlDeviceGetProcessUtilization(nvml_device device, struct process_utilization* to,
                                            unsigned* count, unsigned long long since) {
  ENTER(device);
  const unsigned room = to == NULL ? 0 : *count;
  unsigned there = 0;
  const char* value = find(device, "utilization_of");
  while (value != NULL && *value != '\0') {
    char* end;
    const unsigned pid = (unsigned)strtoul(value, &end, 0);
    const unsigned sm = *end == ':' ? (unsigned)strtoul(end + 1, &end, 0) : 0;
    const unsigned long long time = *end == ':' ? strtoull(end + 1, &end, 0) : 0;
    if (time > since) {
      if (there < room) to[there] = (struct process_utilization){pid, time, sm, 0, 0, 0};
      ++there;
    }
    value = *end == ' ' ? end + 1 : end;
  }
  *count = there;
  if (there == 0) return leave(NOT_FOUND);
  return leave(there > room ? INSUFFICIENT_SIZE : SUCCESS);
}

struct event_set {
  int watched[kMaxGpus];
};

static unsigned told[kMaxGpus];

nvml_return nvmlEventSetCreate(struct event_set** to) {
  ENTER(NULL);
  *to = calloc(1, sizeof **to);
  return leave(SUCCESS);
}

nvml_return nvmlEventSetFree(struct event_set* set) {
  ENTER(NULL);
  free(set);
  return leave(SUCCESS);
}

nvml_return nvmlDeviceRegisterEvents(nvml_device device, unsigned long long types, struct event_set* set) {
  ENTER(device);
  if (types != 8 || find(device, "xids") == NULL) return leave(NOT_SUPPORTED);
  set->watched[device->gpu] = 1;
  return leave(SUCCESS);
}

struct event {
  nvml_device device;
  unsigned long long type, data;
  unsigned gpu_instance, compute_instance;
};

nvml_return nvmlEventSetWait_v2(struct event_set* set, struct event* to, unsigned timeout_ms) {
  ENTER(NULL);
  (void)timeout_ms;
  for (int i = 0; i < kMaxGpus; ++i) {
    const char* value = set->watched[i] ? config_findf("gpu%d.xids", i) : NULL;
    for (unsigned at = 0; value != NULL && *value != '\0'; ++at) {
      char* end;
      const unsigned long long xid = strtoull(value, &end, 0);
      if (end == value) break;
      if (at == told[i]) {
        ++told[i];
        *to = (struct event){&gpus[i], 8, xid, ~0U, ~0U};
        return leave(SUCCESS);
      }
      value = *end == ' ' ? end + 1 : end;
    }
  }
  return leave(TIMEOUT);
}

struct gpm_sample {
  int taken, gpu, gpu_instance;
};

struct gpm_support {
  unsigned version, supported;
};

nvml_return nvmlGpmQueryDeviceSupport(nvml_device device, struct gpm_support* to) {
  ENTER(device);
  if (to->version != 1) return leave(25);
  to->supported = 0;
  (void)narrow(device, "gpm", &to->supported);
  return leave(SUCCESS);
}

nvml_return nvmlGpmSampleAlloc(struct gpm_sample** to) {
  ENTER(NULL);
  *to = calloc(1, sizeof **to);
  ++samples_alive;
  return leave(SUCCESS);
}

nvml_return nvmlGpmSampleFree(struct gpm_sample* sample) {
  config_lock();
  free(sample);
  --samples_alive;
  return leave(SUCCESS);
}

nvml_return nvmlGpmSampleGet(nvml_device device, struct gpm_sample* sample) {
  ENTER(device);
  if (find(device, "gpm") == NULL) return leave(NOT_SUPPORTED);
  *sample = (struct gpm_sample){1, device->gpu, -1};
  return leave(SUCCESS);
}

nvml_return nvmlGpmMigSampleGet(nvml_device device, unsigned gpu_instance, struct gpm_sample* sample) {
  ENTER(device);
  if (device->mig >= 0) abort();
  *sample = (struct gpm_sample){1, device->gpu, (int)gpu_instance};
  return leave(SUCCESS);
}

struct gpm_metric {
  unsigned id;
  nvml_return result;
  double value;
  const char* names[3];
};

struct gpm_metrics {
  unsigned version, count;
  struct gpm_sample *first, *second;
  struct gpm_metric metrics[210];
};

nvml_return nvmlGpmMetricsGet(struct gpm_metrics* to) {
  ENTER(NULL);
  if (to->version != 1) return leave(25);
  if (!to->first->taken || !to->second->taken || to->first == to->second) abort();
  for (unsigned i = 0; i < to->count; ++i) {
    struct gpm_metric* metric = &to->metrics[i];
    const int instance = to->second->gpu_instance;
    const char* value = instance < 0
                            ? config_findf("gpu%d.gpm.%u", to->second->gpu, metric->id)
                            : config_findf("gpu%d.gi%d.gpm.%u", to->second->gpu, instance, metric->id);
    metric->result = value == NULL ? NOT_SUPPORTED : SUCCESS;
    metric->value = value == NULL ? -1 : strtod(value, NULL);
  }
  return leave(SUCCESS);
}

#endif
