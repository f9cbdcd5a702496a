/* A library to preload: mutexes made without attributes know the thread that took them, as libuv's do where it runs on musl.
   To give back one that this thread has not taken is an error then, on which libuv and Node abort. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

typedef int (*init_function)(pthread_mutex_t *, const pthread_mutexattr_t *);

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes) {
  init_function init = (init_function)dlsym(RTLD_NEXT, "pthread_mutex_init");
  if (attributes != NULL) return init(mutex, attributes);
  pthread_mutexattr_t checked;
  pthread_mutexattr_init(&checked);
  pthread_mutexattr_settype(&checked, PTHREAD_MUTEX_ERRORCHECK);
  return init(mutex, &checked);
}
