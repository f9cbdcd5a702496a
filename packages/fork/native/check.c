/* Tells, before anything depends on it, whether this system can do what the addon needs. */
#include "addon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* Each returns the call that is refused, with errno set, or NULL. Sandboxes (seccomp, gVisor) refuse with EPERM or ENOSYS. */

static const char *try_pidfd(void) {
  int descriptor = (int)syscall(SYS_pidfd_open, getpid(), 0);
  if (descriptor < 0) return "pidfd_open";
  siginfo_t info;
  /* ECHILD, as no process is its own child: the kernel (5.4 and later) knows P_PIDFD. */
  bool is_known = waitid((idtype_t)P_PIDFD, (id_t)descriptor, &info, WEXITED | WNOHANG) == 0 || errno == ECHILD;
  int error = errno;
  close(descriptor);
  errno = error;
  return is_known ? NULL : "waitid with a pidfd";
}

static const char *try_prctl(void) {
  int value = 0;
  if (prctl(PR_GET_CHILD_SUBREAPER, &value, 0, 0, 0) != 0) return "prctl(PR_SET_CHILD_SUBREAPER)";
  if (prctl(PR_GET_PDEATHSIG, &value, 0, 0, 0) != 0) return "prctl(PR_SET_PDEATHSIG)";
  return NULL;
}

static const char *try_dofork(void) {
  size_t size = (size_t)sysconf(_SC_PAGESIZE);
  void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return "mmap";
  bool works = madvise(page, size, MADV_DONTFORK) == 0 && madvise(page, size, MADV_DOFORK) == 0;
  int error = errno;
  munmap(page, size);
  errno = error;
  return works ? NULL : "madvise(MADV_DOFORK)";
}

static const char *try_mappings(void) {
  struct mapping_reader reader;
  int error = open_mappings(&reader);
  if (error == 0) close_mappings(&reader);
  errno = error;
  return error == 0 ? NULL : "open of /proc/self/maps";
}

/* A fork needs that the middle process writes to this one's memory (fork_server.c). Versions of musl have no vfork() for arm64
   but their fork(), and emulators make a copy, too: every order would fail, after it had made a child. The call itself may be
   refused for now, for want of processes; then each fork will tell. */
static bool shares_vfork(void) {
  volatile bool is_shared = false;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before); /* a handler in the child would run on this memory */
  pid_t child = vfork();
  if (child == 0) {
    is_shared = true;
    _exit(0);
  }
  while (child > 0 && waitpid(child, NULL, __WALL) < 0 && errno == EINTR) continue;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return child < 0 || is_shared;
}

/* libuv keeps the layout of a loop within version 1, but a Node may be built with another libuv (and a libc with larger
   mutexes): then the fields that thread_pool.c and loop_repair.c use would lie elsewhere. */
static bool knows_loop(const uv_loop_t *loop) {
  return uv_version() >> 16 == UV_VERSION_MAJOR && uv_loop_size() == sizeof(uv_loop_t) &&
         loop->wq_async.type == UV_ASYNC && loop->wq_async.loop == loop;
}

napi_value check_system(napi_env env, napi_callback_info info) {
  (void)info;
  uv_loop_t *loop;
  napi_value result;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return throw_api_error(env);
  char reason[200] = "";
  const char *call;
  if ((call = try_pidfd()) != NULL || (call = try_prctl()) != NULL || (call = try_dofork()) != NULL ||
      (call = try_mappings()) != NULL)
    snprintf(reason, sizeof reason, "this system refuses %s: %s", call, strerror(errno));
  else if (!shares_vfork())
    snprintf(reason, sizeof reason, "vfork() copies the memory of a process here");
  else if (!knows_loop(loop))
    snprintf(reason, sizeof reason, "this Node is built with a libuv of another layout (%s)", uv_version_string());
  if (reason[0] == '\0' ? napi_get_null(env, &result) != napi_ok
                        : napi_create_string_utf8(env, reason, NAPI_AUTO_LENGTH, &result) != napi_ok)
    return throw_api_error(env);
  return result;
}
