/* The host's side of its children, forked ones included: who gets them, how they end, and that none stays as a zombie. */
#include "addon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef P_PIDFD
#define P_PIDFD 3 /* Linux 5.4, glibc 2.36 */
#endif

napi_value become_subreaper(napi_env env, napi_callback_info info) {
  (void)info;
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return throw_system_error(env, errno, "prctl");
  return NULL;
}

/* The parent may have ended before the call: then no signal will come, so this process ends itself (prctl(2)). */
napi_value die_with_parent(napi_env env, napi_callback_info info) {
  napi_value argument;
  int parent;
  if (!read_arguments(env, info, 1, &argument) || !read_integer(env, argument, 1, "parent", &parent)) return NULL;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return throw_system_error(env, errno, "prctl");
  if (getppid() != parent) raise(SIGKILL);
  return NULL;
}

/* Numbers are those of x86-64 and arm64 (signal(7)); the names are Node's. libc has none that musl has, too. */
static const char *signal_name(int number, char *buffer, size_t size) {
  static const char *const names[] = {
      [1] = "SIGHUP",     [2] = "SIGINT",   [3] = "SIGQUIT",  [4] = "SIGILL",    [5] = "SIGTRAP",  [6] = "SIGABRT",
      [7] = "SIGBUS",     [8] = "SIGFPE",   [9] = "SIGKILL",  [10] = "SIGUSR1",  [11] = "SIGSEGV", [12] = "SIGUSR2",
      [13] = "SIGPIPE",   [14] = "SIGALRM", [15] = "SIGTERM", [16] = "SIGSTKFLT", [17] = "SIGCHLD", [18] = "SIGCONT",
      [19] = "SIGSTOP",   [20] = "SIGTSTP", [21] = "SIGTTIN", [22] = "SIGTTOU",  [23] = "SIGURG",  [24] = "SIGXCPU",
      [25] = "SIGXFSZ",   [26] = "SIGVTALRM", [27] = "SIGPROF", [28] = "SIGWINCH", [29] = "SIGIO",  [30] = "SIGPWR",
      [31] = "SIGSYS",
  };
  if (number > 0 && (size_t)number < sizeof names / sizeof *names) return names[number];
  snprintf(buffer, size, "SIGRT%d", number); /* real-time signals have no names */
  return buffer;
}

/* One watched child. It holds the environment open until its handle is closed, so that a worker's loop can end. */
struct watch {
  uv_poll_t poll;
  int descriptor;
  napi_env env;
  napi_ref on_exit;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  bool is_closing;
  bool is_released; /* JavaScript has dropped the release function */
  bool is_closed;
};

static void free_when_unused(struct watch *watch) {
  if (watch->is_closed && watch->is_released) free(watch);
}

static void on_closed(uv_handle_t *handle) {
  struct watch *watch = handle->data;
  close(watch->descriptor);
  napi_remove_async_cleanup_hook(watch->cleanup);
  watch->is_closed = true;
  free_when_unused(watch);
}

static void stop_watching(struct watch *watch) {
  if (watch->is_closing) return;
  watch->is_closing = true;
  uv_close((uv_handle_t *)&watch->poll, on_closed);
  if (watch->on_exit != NULL) napi_delete_reference(watch->env, watch->on_exit);
  watch->on_exit = NULL;
  if (watch->context != NULL) napi_async_destroy(watch->env, watch->context);
  watch->context = NULL;
}

static void on_cleanup(napi_async_cleanup_hook_handle handle, void *data) {
  (void)handle;
  stop_watching(data);
}

static void on_release_dropped(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  struct watch *watch = data;
  watch->is_released = true;
  free_when_unused(watch);
}

static napi_value release_watch(napi_env env, napi_callback_info info) {
  void *data;
  size_t count = 0;
  if (napi_get_cb_info(env, info, &count, NULL, NULL, &data) != napi_ok) return throw_api_error(env);
  stop_watching(data);
  return NULL;
}

/* A process killed by a signal has no exit code, and the other way round. */
static void tell_exit(struct watch *watch, const siginfo_t *end) {
  napi_env env = watch->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value callback, receiver, arguments[2];
  bool has_code = end->si_code == CLD_EXITED;
  char buffer[16];
  napi_async_context context = watch->context;
  watch->context = NULL; /* destroyed below, after the callback */
  if (napi_get_reference_value(env, watch->on_exit, &callback) == napi_ok &&
      napi_get_global(env, &receiver) == napi_ok &&
      (has_code ? napi_create_int32(env, end->si_status, &arguments[0]) : napi_get_null(env, &arguments[0])) == napi_ok &&
      (has_code ? napi_get_null(env, &arguments[1])
                : napi_create_string_utf8(env, signal_name(end->si_status, buffer, sizeof buffer), NAPI_AUTO_LENGTH,
                                          &arguments[1])) == napi_ok) {
    stop_watching(watch);
    napi_value ignored;
    if (napi_make_callback(env, context, receiver, callback, 2, arguments, &ignored) == napi_pending_exception) {
      napi_value exception;
      if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) napi_fatal_exception(env, exception);
    }
  }
  napi_async_destroy(env, context);
  napi_close_handle_scope(env, scope);
}

/* The descriptor of a process becomes readable when it has ended (pidfd_open(2)): each end costs the same, however many
   children there are. A SIGCHLD handler would have to ask every one of them. */
static void on_readable(uv_poll_t *poll, int status, int events) {
  (void)status;
  (void)events;
  struct watch *watch = poll->data;
  siginfo_t end = {0};
  int result;
  do
    result = waitid((idtype_t)P_PIDFD, (id_t)watch->descriptor, &end, WEXITED | WNOHANG);
  while (result != 0 && errno == EINTR);
  if (result == 0 && end.si_pid == 0) return; /* has not ended */
  if (result != 0) {
    /* Someone else has waited for it, or it is not this process's child: how it ended cannot be known. */
    end.si_code = CLD_EXITED;
    end.si_status = -1;
  }
  tell_exit(watch, &end);
}

static const char *start_watching(struct watch *watch, napi_env env, int pid, int *error) {
  uv_loop_t *loop;
  watch->env = env;
  watch->poll.data = watch;
  watch->descriptor = (int)syscall(SYS_pidfd_open, pid, 0); /* close-on-exec by itself */
  if (watch->descriptor < 0) return *error = errno, "pidfd_open";
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return *error = EINVAL, "napi_get_uv_event_loop";
  *error = -uv_poll_init(loop, &watch->poll, watch->descriptor);
  if (*error != 0) return close(watch->descriptor), "uv_poll_init";
  return NULL;
}

napi_value watch_exit(napi_env env, napi_callback_info info) {
  napi_value arguments[2], name, release;
  int pid, error;
  if (!read_arguments(env, info, 2, arguments) || !read_integer(env, arguments[0], 1, "pid", &pid) ||
      !read_function(env, arguments[1], "onExit"))
    return NULL;
  struct watch *watch = calloc(1, sizeof *watch);
  if (watch == NULL) return throw_system_error(env, ENOMEM, "calloc");
  const char *failed = start_watching(watch, env, pid, &error);
  if (failed != NULL) {
    free(watch);
    return throw_system_error(env, error, failed);
  }
  if (napi_add_async_cleanup_hook(env, on_cleanup, watch, &watch->cleanup) != napi_ok ||
      napi_create_reference(env, arguments[1], 1, &watch->on_exit) != napi_ok ||
      napi_create_string_utf8(env, "tidegate.watchExit", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_async_init(env, NULL, name, &watch->context) != napi_ok ||
      napi_create_function(env, "release", NAPI_AUTO_LENGTH, release_watch, watch, &release) != napi_ok ||
      napi_add_finalizer(env, release, watch, on_release_dropped, NULL, NULL) != napi_ok) {
    watch->is_released = true;
    stop_watching(watch);
    return throw_api_error(env);
  }
  error = -uv_poll_start(&watch->poll, UV_READABLE, on_readable);
  if (error != 0) {
    stop_watching(watch);
    return throw_system_error(env, error, "uv_poll_start");
  }
  return release;
}

/* Only this group: waiting for any child would take the ends that libuv and others wait for. */
napi_value reap_group(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  int group;
  /* 0 would mean this process's own group, and 1 is init's. */
  if (!read_arguments(env, info, 1, &argument) || !read_integer(env, argument, 2, "group", &group)) return NULL;
  bool has_members = false;
  for (;;) {
    siginfo_t end = {0};
    if (waitid(P_PGID, (id_t)group, &end, WEXITED | WNOHANG) == 0) {
      if (end.si_pid != 0) continue;
      has_members = true;
      break;
    }
    if (errno == EINTR) continue;
    if (errno == ECHILD) break;
    return throw_system_error(env, errno, "waitid");
  }
  if (napi_get_boolean(env, has_members, &result) != napi_ok) return throw_api_error(env);
  return result;
}
