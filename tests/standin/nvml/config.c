#include "config.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kMaxText = 256 * 1024, kMaxLines = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char text[kMaxText];
static char* keys[kMaxLines];
static char* values[kMaxLines];
static size_t lines;

void config_lock(void) {
  pthread_mutex_lock(&lock);
}

void config_unlock(void) {
  pthread_mutex_unlock(&lock);
}

static const char* path(void) {
  static char found[4096];
  Dl_info info;
  if (found[0] == '\0' && dladdr((void*)&lines, &info) != 0) {
    const char* slash = strrchr(info.dli_fname, '/');
    const int length = slash == NULL ? 0 : (int)(slash - info.dli_fname) + 1;
    snprintf(found, sizeof found, "%.*snvml.conf", length, info.dli_fname);
  }
  return found;
}

void config_load(void) {
  lines = 0;
  FILE* file = fopen(path(), "re");
  if (file == NULL) return;
  const size_t size = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[size] = '\0';
  char* rest = NULL;
  for (char* line = strtok_r(text, "\n", &rest); line != NULL && lines < kMaxLines;
       line = strtok_r(NULL, "\n", &rest)) {
    char* space = strchr(line, ' ');
    if (line[0] == '#') continue;
    if (space != NULL) *space = '\0';
    keys[lines] = line;
    values[lines++] = space == NULL ? line + strlen(line) : space + 1;
  }
}

/* The last one counts, so that a test can append what it wants different. */
const char* config_find(const char* key) {
  for (size_t i = lines; i > 0; --i) {
    if (strcmp(keys[i - 1], key) == 0) return values[i - 1];
  }
  return NULL;
}

const char* config_findf(const char* format, ...) {
  char key[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(key, sizeof key, format, arguments);
  va_end(arguments);
  return config_find(key);
}
