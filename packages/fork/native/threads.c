/* Threads that a forked child lacks.

   When a process ends, Node and libuv join their threads (NodePlatform::Shutdown, uv_library_shutdown). A forked child has
   the handles of the template's threads but not the threads, and libc keeps those handles in the stacks it has meanwhile
   given to new threads or back to the system: joining one crashes, or waits for ever for the wrong thread. (Seen with
   process.exit() in a child whose template had used the thread pool.)

   So a template is started with this library preloaded (LD_PRELOAD), which puts the functions at the end of this file
   before libc's. They know every thread by its handle, and give each a stack that libc does not reuse (it does so only with
   its own). In a child, joining one of the template's threads is done at once. In a host nothing is preloaded and nothing
   changes. */
#include "addon.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct known_thread {
  struct known_thread *next;
  pthread_t handle;
  char *stack;
  size_t size; /* with the guard below the stack; 0 when the thread brought its own */
};

static struct known_thread *known;
static pthread_mutex_t known_mutex = PTHREAD_MUTEX_INITIALIZER;
static bool is_preloaded;
static bool is_forked;
/* One of the template's threads was joined in a child, which happens only when the process ends. */
static bool is_ending;

typedef int (*create_function)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
typedef int (*join_function)(pthread_t, void **);
typedef int (*cond_function)(pthread_cond_t *);
typedef int (*mutex_function)(pthread_mutex_t *);

#define EXPORTED __attribute__((visibility("default")))

/* Takes this library out of LD_PRELOAD, before JavaScript or a program it starts could see it. */
static void leave_environment(void) {
  Dl_info own;
  char *list = getenv("LD_PRELOAD");
  if (list == NULL || dladdr((void *)&known, &own) == 0) return;
  size_t length = strlen(own.dli_fname);
  if (strncmp(list, own.dli_fname, length) != 0) return;
  if (list[length] == ':')
    memmove(list, list + length + 1, strlen(list + length + 1) + 1); /* others of the user's own */
  else if (list[length] == '\0')
    unsetenv("LD_PRELOAD");
}

bool is_preloaded_here(void) {
  return is_preloaded;
}

void lock_threads(void) {
  pthread_mutex_lock(&known_mutex);
}

void unlock_threads(void) {
  pthread_mutex_unlock(&known_mutex);
}

void mark_forked(void) {
  is_forked = true;
}

static struct known_thread *take_known(pthread_t handle) {
  struct known_thread *found = NULL;
  lock_threads();
  for (struct known_thread **place = &known; *place != NULL; place = &(*place)->next) {
    if (pthread_equal((*place)->handle, handle) == 0) continue;
    found = *place;
    *place = found->next;
    break;
  }
  unlock_threads();
  return found;
}

static void free_known(struct known_thread *thread) {
  if (thread->size > 0) munmap(thread->stack, thread->size);
  free(thread);
}

static bool reserve_stack(struct known_thread *thread, size_t stack_size, size_t guard_size) {
  size_t size = stack_size + guard_size;
  void *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return false;
  thread->stack = stack;
  thread->size = size;
  return guard_size == 0 || mprotect(stack, guard_size, PROT_NONE) == 0;
}

/* glibc computes the address from the stack's end, so it tells one of "none, less its size" where none was set. */
static bool has_own_stack(const pthread_attr_t *attributes) {
  void *stack;
  size_t size;
  return attributes != NULL && pthread_attr_getstack(attributes, &stack, &size) == 0 && (uintptr_t)stack + size != 0;
}

/* Gives the thread a stack of ours. `own` becomes a copy of the caller's attributes, which must not be changed; what they
   refer to (sets of processors) stays the caller's, so the copy is not destroyed. */
static int give_stack(struct known_thread *thread, const pthread_attr_t *attributes, pthread_attr_t *own) {
  size_t stack_size, guard_size, page_size = (size_t)sysconf(_SC_PAGESIZE);
  int error = 0;
  if (attributes != NULL)
    memcpy(own, attributes, sizeof *own);
  else
    error = pthread_attr_init(own);
  if (error == 0) error = pthread_attr_getstacksize(own, &stack_size);
  if (error == 0) error = pthread_attr_getguardsize(own, &guard_size);
  if (error != 0) return error;
  stack_size = (stack_size + page_size - 1) / page_size * page_size;
  guard_size = (guard_size + page_size - 1) / page_size * page_size;
  if (!reserve_stack(thread, stack_size, guard_size)) return EAGAIN; /* as pthread_create(3) says of missing resources */
  return pthread_attr_setstack(own, thread->stack + guard_size, stack_size);
}

/* The stack of a thread that is detached stays when it ends. Node has one such (for SIGUSR1), which lives on. */
static int create_known(create_function create, pthread_t *handle, const pthread_attr_t *attributes,
                        void *(*start)(void *), void *argument) {
  struct known_thread *thread = calloc(1, sizeof *thread);
  if (thread == NULL) return EAGAIN;
  pthread_attr_t own;
  int error = 0;
  if (!has_own_stack(attributes)) {
    error = give_stack(thread, attributes, &own);
    attributes = &own;
  }
  if (error == 0) error = create(handle, attributes, start, argument);
  if (error != 0) {
    free_known(thread);
    return error;
  }
  thread->handle = *handle;
  lock_threads();
  thread->next = known;
  known = thread;
  unlock_threads();
  return 0;
}

EXPORTED int pthread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  create_function create = (create_function)dlsym(RTLD_NEXT, "pthread_create");
  if (!is_preloaded) {
    is_preloaded = true; /* Node starts its first thread from the only one there is */
    leave_environment();
  }
  return is_forked ? create(handle, attributes, start, argument)
                   : create_known(create, handle, attributes, start, argument);
}

EXPORTED int pthread_join(pthread_t handle, void **result) {
  join_function join = (join_function)dlsym(RTLD_NEXT, "pthread_join");
  struct known_thread *thread = take_known(handle);
  if (thread != NULL && is_forked) {
    is_ending = true;
    if (result != NULL) *result = NULL;
    return 0; /* its stack is memory shared with the template: it costs nothing */
  }
  int error = join(handle, result);
  if (thread != NULL && error == 0) free_known(thread);
  return error;
}

/* glibc before 2.36 finds the oldest version of a function that comes next (sourceware bug 14932): on x86-64 this one for
   conditions of another layout, which would take a count of waiters for a pointer. What finds a version is looked for by
   name, as musl has none. */
static cond_function find_cond_destroy(void) {
#ifdef __x86_64__
  typedef void *(*find_function)(void *, const char *, const char *);
  find_function find_version = (find_function)dlsym(RTLD_DEFAULT, "dlvsym");
  void *found = find_version == NULL ? NULL : find_version(RTLD_NEXT, "pthread_cond_destroy", "GLIBC_2.3.2");
  if (found != NULL) return (cond_function)found;
#endif
  return (cond_function)dlsym(RTLD_NEXT, "pthread_cond_destroy");
}

/* After the threads their conditions and locks are destroyed (uv__threadpool_cleanup). glibc would wait for the threads that
   waited on a condition when the process was forked, and find the lock in use. The process ends: they may stay. */
EXPORTED int pthread_cond_destroy(pthread_cond_t *condition) {
  return is_ending ? 0 : find_cond_destroy()(condition);
}

EXPORTED int pthread_mutex_destroy(pthread_mutex_t *mutex) {
  return is_ending ? 0 : ((mutex_function)dlsym(RTLD_NEXT, "pthread_mutex_destroy"))(mutex);
}
