/* The text that steers the stand-in: `nvml.conf` in the directory of the library itself, so that each copy of
 * the library has its own. Read again at every call; lines are `key value`, `#` starts a comment. */
#pragma once

#include <stddef.h>

/* Every function below is called with the lock held. */
void config_lock(void);
void config_unlock(void);

void config_load(void);
/* The value of `key`, or NULL; valid until the next config_load(). */
const char* config_find(const char* key);
/* The same for a key that is put together. */
const char* config_findf(const char* format, ...) __attribute__((format(printf, 1, 2)));
