/* The template's side of a fork: it waits for orders, and every order makes a child in which the app goes on. */
#include "addon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct fork_result {
  pid_t pid; /* 0 in the child, negative when a call failed */
  int error;
  const char *call;
};

/* Forks a child whose parent becomes the template's parent.

   vfork() makes a middle process that borrows this one's memory, so nothing is copied for it; its fork() makes the child,
   with the one copy of the page tables that is needed; it leaves the child's pid in that memory and ends, and the child is
   handed to the nearest subreaper above: the host. It is libc's fork(), not the bare system call, so that what libuv,
   OpenSSL and others registered with pthread_atfork() runs, and malloc's locks are whole in the child.

   All of it runs on this stack. The template sleeps until the middle process has ended (vfork(2)), and the middle one only
   calls fork() and _exit(), whose frames lie below this one, so the frame is whole when the template wakes up. The child
   has a copy of the stack, so that it may return from here, which the middle process must not. What the middle process
   writes is volatile: the compiler knows that vfork() returns twice, but not that the memory is changed in between.
   errno is the template's own there too (thread-local storage is memory), so it is copied by hand. */
__attribute__((noinline)) static struct fork_result fork_for_parent(void) {
  volatile pid_t child = -1;
  volatile pid_t middle_id = 0;
  volatile int error = 0;
  pid_t middle = vfork();
  if (middle == 0) {
    middle_id = getpid();
    pid_t forked = fork();
    if (forked == 0) {
      /* Until the middle process has ended it is the parent. That takes microseconds. */
      while (getppid() == middle_id) {
        struct timespec moment = {0, 20 * 1000};
        nanosleep(&moment, NULL);
      }
      return (struct fork_result){0, 0, "fork"};
    }
    if (forked < 0) error = errno;
    child = forked;
    _exit(0);
  }
  if (middle < 0) return (struct fork_result){-1, errno, "vfork"};
  while (waitpid(middle, NULL, __WALL) < 0) {
    if (errno == EINTR) continue;
    if (errno == ECHILD) break; /* SIGCHLD is ignored: the kernel has reaped it */
    return (struct fork_result){-1, errno, "waitpid"};
  }
  /* Killed before it could fork (a cgroup that is being killed, the kernel short of memory). */
  if (child < 0 && error == 0) error = ECHILD;
  return (struct fork_result){child, error, "fork"};
}

/* Puts `from` in the place of `target`, with the blocking mode the stream there is used to: JavaScript's stream on it lives
   on in the child. */
static int replace_descriptor(int from, int target, int flags) {
  int before = fcntl(target, F_GETFL);
  int status = fcntl(from, F_GETFL);
  if (status < 0) return errno;
  if (before >= 0 && ((before ^ status) & O_NONBLOCK) != 0 && fcntl(from, F_SETFL, status ^ O_NONBLOCK) < 0) return errno;
  while (dup3(from, target, flags) < 0) {
    if (errno != EINTR && errno != EBUSY) return errno; /* EBUSY: a race with open(2), which cannot be here */
  }
  return 0;
}

/* Writes a line for the host. A template or child without one ends. */
static void answer(int control, const char *text) {
  size_t length = strlen(text);
  while (length > 0) {
    ssize_t sent = send(control, text, length, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) _exit(1); /* the host is gone */
    text += sent;
    length -= (size_t)sent;
  }
}

/* What the host is told of a child, by the child itself and by its template. */
static void answer_forked(int control, pid_t pid) {
  char text[64];
  snprintf(text, sizeof text, "{\"type\":\"forked\",\"pid\":%d}\n", (int)pid);
  answer(control, text);
}

/* In the child: its own session and descriptors. Returns the failed call, with its error, or NULL. */
static const char *settle(const int *descriptors, int control, pid_t host, int *error) {
  /* The host ended in between, or is no subreaper: nobody waits for this instance. */
  if (getppid() != host) _exit(1);
  /* Said before it leaves the template's group: a child that is killed earlier ends and is reaped with that group, a later
     one is known to the host by this, even when the template was killed before it could answer. */
  answer_forked(descriptors[0], getpid());
  if (setsid() < 0) return *error = errno, "setsid";
  /* The app's own children get standard streams only, as from a plain instance. */
  if ((*error = replace_descriptor(descriptors[1], STDOUT_FILENO, 0)) != 0 ||
      (*error = replace_descriptor(descriptors[2], STDERR_FILENO, 0)) != 0 ||
      (*error = replace_descriptor(descriptors[0], control, O_CLOEXEC)) != 0)
    return "dup3";
  return NULL;
}

static void answer_fork(int control, const struct fork_result *result) {
  if (result->pid > 0) {
    answer_forked(control, result->pid);
    return;
  }
  char text[128];
  snprintf(text, sizeof text, "{\"type\":\"failed\",\"call\":\"%s\",\"code\":\"%s\"}\n", result->call,
           uv_err_name(-result->error));
  answer(control, text);
}

/* Signals wait until both processes are themselves: a handler in the middle process would run on the template's memory,
   and libuv's would write to the template's signal pipe. Bits of signals libc keeps for itself stay clear.

   No lock of libuv may be held here. Other threads hold none: they rest (rest_threads), and nothing gives them work any more.
   This one must not take any: libuv's mutexes know the thread that took them where PTHREAD_MUTEX_ERRORCHECK is a macro, as in
   musl, by a number that the child's thread has not. It could not give one back, and musl keeps a list of them in the thread. */
static struct fork_result fork_undisturbed(void) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  lock_threads();
  struct fork_result result = fork_for_parent();
  if (result.pid == 0) mark_forked();
  unlock_threads();
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return result;
}

/* Serves orders until one has made this process a child: returns its JSON, or NULL with a JavaScript exception. */
static napi_value serve(napi_env env, uv_loop_t *loop, int control) {
  struct order_stream orders;
  pid_t host = getppid();
  open_order_stream(&orders, control);
  char *line;
  size_t length;
  while (next_order(&orders, &line, &length) > 0) {
    if (strcmp(line, "reclaim") == 0) {
      reclaim_mappings();
    } else if (strncmp(line, "learn ", 6) == 0) {
      learn_working_set((pid_t)parse_number(line + 6));
    } else if (strncmp(line, "fork ", 5) == 0) {
      struct fork_result result = {-1, EBADF, "recvmsg"};
      if (orders.held_count == ORDER_DESCRIPTORS) result = fork_undisturbed();
      if (result.pid != 0) {
        answer_fork(control, &result);
        continue;
      }
      register_rseq();
      const char *failed = settle(orders.held, control, host, &result.error);
      napi_value text = NULL;
      if (failed == NULL && napi_create_string_utf8(env, line + 5, length - 5, &text) != napi_ok) throw_api_error(env);
      close_order_stream(&orders); /* with the descriptors of a sibling's order, if one has arrived */
      if (failed == NULL && (result.error = repair_loop(loop)) != 0) failed = "uv_loop_fork";
      return failed == NULL ? text : throw_system_error(env, result.error, failed);
    }
  }
  _exit(0); /* the host closed the stream, or ended */
}

napi_value serve_forks(napi_env env, napi_callback_info info) {
  napi_value argument;
  int control;
  uv_loop_t *loop;
  if (!read_arguments(env, info, 1, &argument) || !read_integer(env, argument, 0, "control", &control)) return NULL;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return throw_api_error(env);
  if (!is_preloaded_here()) return throw_system_error(env, ENOTSUP, "pthread_join"); /* a child could not end: threads.c */
  int error = drain_thread_pool(loop);
  if (error == 0) error = rest_threads();
  if (error != 0) return throw_system_error(env, error, "drainPool");
  error = inherit_mappings();
  if (error != 0) return throw_system_error(env, error, "madvise");
  return serve(env, loop, control);
}

/* Reads one line and not a byte more: what follows is for JavaScript's stream. The caller frees it. */
static int read_line(int descriptor, char **line, size_t *length) {
  char *text = NULL;
  size_t used = 0;
  for (;;) {
    char piece[4096];
    ssize_t seen = recv(descriptor, piece, sizeof piece, MSG_PEEK);
    if (seen < 0 && errno == EINTR) continue;
    if (seen < 0 && errno == EAGAIN) { /* JavaScript has a stream on it already */
      struct pollfd readable = {descriptor, POLLIN, 0};
      if (poll(&readable, 1, -1) >= 0 || errno == EINTR) continue;
    }
    if (seen <= 0) {
      free(text);
      return seen == 0 || errno == ECONNRESET ? 0 : -errno;
    }
    char *end = memchr(piece, '\n', (size_t)seen);
    size_t wanted = end == NULL ? (size_t)seen : (size_t)(end + 1 - piece);
    char *longer = realloc(text, used + wanted);
    if (longer == NULL) {
      free(text);
      return -ENOMEM;
    }
    text = longer;
    memcpy(text + used, piece, wanted);
    used += wanted;
    for (size_t left = wanted; left > 0;) {
      ssize_t count = recv(descriptor, piece, left, 0);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        free(text);
        return count == 0 ? 0 : -errno;
      }
      left -= (size_t)count;
    }
    if (end == NULL) continue;
    *line = text;
    *length = used - 1;
    return 1;
  }
}

napi_value hold(napi_env env, napi_callback_info info) {
  napi_value argument, text;
  int descriptor;
  uv_loop_t *loop;
  if (!read_arguments(env, info, 1, &argument) || !read_integer(env, argument, 0, "descriptor", &descriptor)) return NULL;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return throw_api_error(env);
  copy_working_set();
  char *line;
  size_t length;
  int result = read_line(descriptor, &line, &length);
  if (result == 0) _exit(0);
  if (result < 0) return throw_system_error(env, -result, "recv");
  uv_update_time(loop);
  napi_status status = napi_create_string_utf8(env, line, length, &text);
  free(line);
  return status == napi_ok ? text : throw_api_error(env);
}
