/* What the files of the addon share. Each function that JavaScript calls lives in the file named after its subject. */
#ifndef TIDEGATE_FORK_ADDON_H
#define TIDEGATE_FORK_ADDON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* dup3, memfd_create, MSG_CMSG_CLOEXEC, SOCK_CLOEXEC */
#endif
#ifndef NAPI_VERSION
#define NAPI_VERSION 8 /* Node 12.22 and later: asynchronous cleanup hooks */
#endif

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

/* errors.c */

/* Throws what Node's own calls throw: "EBADF: bad file descriptor, sendmsg" with `code`, `errno` and `syscall`. */
napi_value throw_system_error(napi_env env, int error, const char *syscall);
napi_value throw_argument_error(napi_env env, const char *message);
/* The last Node-API call failed: throws, unless an exception waits already. */
napi_value throw_api_error(napi_env env);

/* arguments.c: each returns false after it threw */

bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values);
bool read_integer(napi_env env, napi_value value, int least, const char *name, int *result);
bool read_function(napi_env env, napi_value value, const char *name);
/* A copy to free, with a zero after its `length` bytes. */
bool read_text(napi_env env, napi_value value, const char *name, char **text, size_t *length);

/* A decimal number at the beginning of a text, as strtol() reads it; 0 for none. */
long parse_number(const char *text);

/* mappings.c */

/* One line of /proc/self/maps. */
struct mapping {
  uintptr_t start;
  uintptr_t end;
  bool is_private;
  bool is_writable;
  const char *name; /* valid until the next call; "" for anonymous memory */
};
struct mapping_reader {
  int descriptor;
  size_t length;
  size_t used;
  char buffer[16384];
};
/* Errors are numbers of errno.h, 0 for none. */
int open_mappings(struct mapping_reader *reader);
/* 1: a mapping; 0: the end; negative: an error. */
int next_mapping(struct mapping_reader *reader, struct mapping *mapping);
void close_mappings(struct mapping_reader *reader);
/* Lets a fork copy every private mapping. */
int inherit_mappings(void);
/* Gives the memory of private mappings back to the system where it can take it. */
void reclaim_mappings(void);

/* working_set.c */

/* Keeps which of this process's pages the instance `pid`, a fork of it, has written to or executed. */
void learn_working_set(pid_t pid);
/* Copies and maps those pages now, rather than one page fault at a time later. */
void copy_working_set(void);

/* thread_pool.c */

/* Waits until everything queued on libuv's pool is done and its completion waits in the loop. */
int drain_thread_pool(uv_loop_t *loop);
/* Waits until all other threads sleep, so that none of them is in the middle of a critical section. */
int rest_threads(void);

/* threads.c */

/* This process was started with the library preloaded. */
bool is_preloaded_here(void);
/* Around a fork, so that the list is whole in the child. */
void lock_threads(void);
void unlock_threads(void);
/* In a child: all known threads are the template's. */
void mark_forked(void);

/* loop_repair.c */

/* Gives the loop of a fresh fork descriptors of its own, and hands it the completions and wake-ups that waited. */
int repair_loop(uv_loop_t *loop);

/* rseq.c */

/* In a fresh fork: the kernel tells the thread its processor again. */
void register_rseq(void);

/* order_stream.c */

enum { ORDER_DESCRIPTORS = 3 };
struct order_stream {
  int descriptor;
  char *buffer;
  size_t capacity;
  size_t length;
  size_t line_end; /* bytes of the buffer that belong to the line told last */
  int held[ORDER_DESCRIPTORS];  /* came with the line at the buffer's start */
  int later[ORDER_DESCRIPTORS]; /* came with the line that starts at `later_start` */
  size_t later_start;
  int held_count;
  int later_count;
};
void open_order_stream(struct order_stream *stream, int descriptor);
/* The next line without its end, and the descriptors that came with it. 1: a line; 0: the stream ended; negative: an
   error. The line and the descriptors belong to the stream until the next call. */
int next_order(struct order_stream *stream, char **line, size_t *length);
void close_order_stream(struct order_stream *stream);

/* What JavaScript calls */

napi_value check_system(napi_env env, napi_callback_info info);          /* check.c */
napi_value socket_pair(napi_env env, napi_callback_info info);           /* descriptors.c */
napi_value send_descriptors(napi_env env, napi_callback_info info);
napi_value reopen_descriptor(napi_env env, napi_callback_info info);
napi_value become_subreaper(napi_env env, napi_callback_info info);      /* children.c */
napi_value watch_exit(napi_env env, napi_callback_info info);
napi_value reap_group(napi_env env, napi_callback_info info);
napi_value die_with_parent(napi_env env, napi_callback_info info);
napi_value turn_loop(napi_env env, napi_callback_info info);             /* loop_end.c */
napi_value take_over_end(napi_env env, napi_callback_info info);
napi_value is_loop_alive(napi_env env, napi_callback_info info);
napi_value pending_requests(napi_env env, napi_callback_info info);
napi_value drain_pool(napi_env env, napi_callback_info info);            /* thread_pool.c */
napi_value serve_forks(napi_env env, napi_callback_info info);           /* fork_server.c */
napi_value hold(napi_env env, napi_callback_info info);
napi_value create_counters(napi_env env, napi_callback_info info);       /* counters.c */
napi_value open_counters(napi_env env, napi_callback_info info);

#endif
