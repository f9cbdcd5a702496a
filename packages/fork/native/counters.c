/* Counters in memory that several processes share: an instance counts, the host reads, and nothing is sent. */
#include "addon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { COUNTER_SIZE = 8, MAX_COUNTERS = 1024 * 1024 };

/* Nobody can shrink the file any more: a process that has mapped it would get SIGBUS. */
enum { SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

static void unmap(napi_env env, void *memory, void *size) {
  (void)env;
  munmap(memory, (size_t)size);
}

static napi_value map_counters(napi_env env, int descriptor, size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) return throw_system_error(env, errno, "mmap");
  napi_value buffer;
  if (napi_create_external_arraybuffer(env, memory, size, unmap, (void *)size, &buffer) == napi_ok) return buffer;
  munmap(memory, size);
  return throw_api_error(env);
}

napi_value create_counters(napi_env env, napi_callback_info info) {
  napi_value argument, result, number, memory;
  int count;
  if (!read_arguments(env, info, 1, &argument) || !read_integer(env, argument, 1, "count", &count)) return NULL;
  if (count > MAX_COUNTERS) return throw_system_error(env, EINVAL, "createCounters");
  int descriptor = memfd_create("tidegate-counters", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return throw_system_error(env, errno, "memfd_create");
  if (ftruncate(descriptor, (off_t)count * COUNTER_SIZE) != 0) {
    throw_system_error(env, errno, "ftruncate");
  } else if (fcntl(descriptor, F_ADD_SEALS, SEALS) != 0) {
    throw_system_error(env, errno, "fcntl");
  } else if ((memory = map_counters(env, descriptor, (size_t)count * COUNTER_SIZE)) != NULL) {
    if (napi_create_object(env, &result) == napi_ok && napi_create_int32(env, descriptor, &number) == napi_ok &&
        napi_set_named_property(env, result, "descriptor", number) == napi_ok &&
        napi_set_named_property(env, result, "memory", memory) == napi_ok)
      return result;
    throw_api_error(env);
  }
  close(descriptor);
  return NULL;
}

napi_value open_counters(napi_env env, napi_callback_info info) {
  napi_value argument;
  int descriptor;
  if (!read_arguments(env, info, 1, &argument) || !read_integer(env, argument, 0, "descriptor", &descriptor)) return NULL;
  int seals = fcntl(descriptor, F_GET_SEALS);
  if (seals < 0) return throw_system_error(env, errno, "fcntl");
  off_t size = lseek(descriptor, 0, SEEK_END);
  if (size < 0) return throw_system_error(env, errno, "lseek");
  if ((seals & F_SEAL_SHRINK) == 0 || size < COUNTER_SIZE || size % COUNTER_SIZE != 0)
    return throw_system_error(env, EINVAL, "openCounters");
  return map_counters(env, descriptor, (size_t)size);
}
