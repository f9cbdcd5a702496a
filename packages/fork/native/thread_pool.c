/* Work on libuv's thread pool does not survive a fork: the child has no pool threads, and libuv starts it with an empty
   queue (reset_once in threadpool.c). So before a fork everything queued is finished; the completions then wait in the
   loop, in memory that the child inherits. */
#include "addon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MAX_POOL_THREADS = 1024, DEFAULT_POOL_THREADS = 4 }; /* libuv's own (threadpool.c) */
enum { MAX_REST_TRIES = 20 * 1000 };                           /* at 50 us and more: 1 s at least */

/* Reads a small file of one of this process's threads; the length, or negative when the thread has ended. */
static ssize_t read_of_thread(const char *thread, const char *file, char *text, size_t size) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%.20s/%s", thread, file);
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  ssize_t length = read(descriptor, text, size - 1);
  close(descriptor);
  if (length >= 0) text[length] = '\0';
  return length;
}

/* Threads with libuv's name for them (since 1.50, in every Node from 22.14), or a negative error. */
static int count_named_workers(void) {
  DIR *tasks = opendir("/proc/self/task");
  if (tasks == NULL) return -errno;
  int count = 0;
  for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
    char name[32];
    if (entry->d_name[0] == '.' || read_of_thread(entry->d_name, "comm", name, sizeof name) < 0) continue;
    if (strncmp(name, "libuv-worker", 12) == 0) count++;
  }
  closedir(tasks);
  return count;
}

/* All threads but the calling one sleep (state S in proc_pid_stat(5), after the name in parentheses). */
static int count_awake(void) {
  DIR *tasks = opendir("/proc/self/task");
  if (tasks == NULL) return -errno;
  int count = 0;
  for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
    char text[256];
    if (parse_number(entry->d_name) == getpid() || entry->d_name[0] == '.' ||
        read_of_thread(entry->d_name, "stat", text, sizeof text) < 0)
      continue;
    const char *end = strrchr(text, ')');
    if (end != NULL && end[1] == ' ' && end[2] != 'S') count++;
  }
  closedir(tasks);
  return count;
}

/* A worker that has just finished takes the pool's lock once more on its way to sleep. A child forked at that moment would
   wait for the lock when the process ends (uv__threadpool_cleanup). Twice in a row, since the threads are not seen at one
   instant. */
int rest_threads(void) {
  int calm = 0;
  for (int tries = 0; calm < 2; tries++) {
    int awake = count_awake();
    if (awake < 0) return -awake;
    calm = awake == 0 ? calm + 1 : 0;
    if (tries == MAX_REST_TRIES) return EBUSY; /* a thread that works on and on: whatever it is, a child would lack it */
    struct timespec moment = {0, 50 * 1000};
    nanosleep(&moment, NULL);
  }
  return 0;
}

/* How many threads libuv gives its pool when it starts it. */
static int configured_workers(void) {
  const char *text = getenv("UV_THREADPOOL_SIZE");
  long count = text == NULL ? DEFAULT_POOL_THREADS : parse_number(text);
  if (count <= 0) count = 1;
  return count > MAX_POOL_THREADS ? MAX_POOL_THREADS : (int)count;
}

/* Items that each hold a thread until all of them have one: then nothing else runs, and everything queued before is done. */
struct barrier {
  uv_mutex_t mutex;
  uv_cond_t all_arrived;
  int count;
  int arrived;
  int unfinished; /* completions the loop has not told yet; the last one frees the barrier */
  uv_work_t items[];
};

static void hold_thread(uv_work_t *item) {
  struct barrier *barrier = item->data;
  uv_mutex_lock(&barrier->mutex);
  if (++barrier->arrived == barrier->count) uv_cond_broadcast(&barrier->all_arrived);
  while (barrier->arrived < barrier->count) uv_cond_wait(&barrier->all_arrived, &barrier->mutex);
  uv_mutex_unlock(&barrier->mutex);
}

/* In a fork its mutex and condition are left as they are: nobody waits for them, and they own nothing. */
static void finish_item(uv_work_t *item, int status) {
  (void)status;
  struct barrier *barrier = item->data;
  if (--barrier->unfinished == 0) free(barrier);
}

/* A worker clears `work` in the same critical section in which it hands the completion to the loop (worker() in
   threadpool.c). Before that a fork would lose the completion, and the child's loop would never end. */
static bool is_handed_over(uv_loop_t *loop, const struct barrier *barrier) {
  bool is_done = true;
  uv_mutex_lock(&loop->wq_mutex);
  for (int i = 0; i < barrier->count; i++) is_done = is_done && barrier->items[i].work_req.work == NULL;
  uv_mutex_unlock(&loop->wq_mutex);
  return is_done;
}

static int pass_barrier(uv_loop_t *loop, int count) {
  struct barrier *barrier = calloc(1, sizeof *barrier + (size_t)count * sizeof *barrier->items);
  if (barrier == NULL) return ENOMEM;
  barrier->count = count;
  int error = uv_mutex_init(&barrier->mutex);
  if (error == 0) error = uv_cond_init(&barrier->all_arrived);
  if (error != 0) {
    free(barrier);
    return -error;
  }
  for (int i = 0; i < count; i++) {
    barrier->items[i].data = barrier;
    barrier->unfinished++;
    uv_queue_work(loop, &barrier->items[i], hold_thread, finish_item); /* fails without a function only */
  }
  while (!is_handed_over(loop, barrier)) {
    struct timespec moment = {0, 50 * 1000};
    nanosleep(&moment, NULL);
  }
  return 0;
}

int drain_thread_pool(uv_loop_t *loop) {
  for (int passed = 0;;) {
    int workers = count_named_workers();
    if (workers < 0) return -workers;
    /* No pool runs, and nothing asks for one. Without the name (a Node built with an older libuv) requests tell. */
    if (workers == 0 && loop->active_reqs.count == 0) return 0;
    if (workers == 0 && passed > 0) return 0;
    if (workers > 0 && workers == passed) return 0;
    passed = workers > 0 ? workers : configured_workers();
    int error = pass_barrier(loop, passed);
    if (error != 0) return error;
    /* Once more where a thread had not named itself yet when they were counted. */
  }
}

napi_value drain_pool(napi_env env, napi_callback_info info) {
  (void)info;
  uv_loop_t *loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return throw_api_error(env);
  int error = drain_thread_pool(loop);
  return error == 0 ? NULL : throw_system_error(env, error, "drainPool");
}
