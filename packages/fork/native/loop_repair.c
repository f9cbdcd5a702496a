/* Makes the event loop of a fresh fork work. */
#include "addon.h"

#include <errno.h>
#include <stdlib.h>

struct pending_wakeups {
  uv_async_t **handles;
  size_t count;
  size_t capacity;
  bool is_out_of_memory;
};

static void note_pending(uv_handle_t *handle, void *data) {
  struct pending_wakeups *wakeups = data;
  if (handle->type != UV_ASYNC || uv_is_closing(handle) || ((uv_async_t *)handle)->pending == 0) return;
  if (wakeups->count == wakeups->capacity) {
    size_t capacity = wakeups->capacity * 2 + 16;
    uv_async_t **handles = realloc(wakeups->handles, capacity * sizeof *handles);
    if (handles == NULL) {
      wakeups->is_out_of_memory = true;
      return;
    }
    wakeups->handles = handles;
    wakeups->capacity = capacity;
  }
  wakeups->handles[wakeups->count++] = (uv_async_t *)handle;
}

/* uv_loop_fork() forgets which wake-ups were sent (uv__async_fork clears `pending`), since a thread may have been in the
   middle of sending one. Here they were sent before the fork: a message on a MessagePort, a task for the platform, a
   finished work item. They are sent again. */
int repair_loop(uv_loop_t *loop) {
  struct pending_wakeups wakeups = {NULL, 0, 0, false};
  uv_walk(loop, note_pending, &wakeups);
  int error = wakeups.is_out_of_memory ? UV_ENOMEM : uv_loop_fork(loop);
  for (size_t i = 0; error == 0 && i < wakeups.count; i++) error = uv_async_send(wakeups.handles[i]);
  /* The pool's own handle is internal, which uv_walk leaves out. Sent for nothing it does nothing. */
  if (error == 0) error = uv_async_send(&loop->wq_async);
  free(wakeups.handles);
  /* The loop's clock stood still while the template waited: a timer set now would count from then, and be due at once. */
  uv_update_time(loop);
  return -error;
}
