/* Turns of the event loop, and its natural end in a forked child. */
#include "addon.h"

#include <errno.h>
#include <stdlib.h>

napi_value turn_loop(napi_env env, napi_callback_info info) {
  (void)info;
  uv_loop_t *loop;
  napi_value result;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return throw_api_error(env);
  bool is_alive = uv_run(loop, UV_RUN_ONCE) != 0;
  if (napi_get_boolean(env, is_alive, &result) != napi_ok) return throw_api_error(env);
  return result;
}

/* When nothing keeps the loop alive any more, Node waits for the tasks that V8 has given to its worker threads
   (NodePlatform::DrainTasks). A forked child has the tasks of a template but none of its threads, so on Node 26 it would
   wait for ever. So this handle keeps the loop alive and looks, each turn, whether it is the only one that does. */
struct loop_end {
  uv_prepare_t prepare;
  napi_env env;
  napi_ref on_idle;
  napi_ref on_end;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
};

/* The main thread and every worker thread of a child has one of its own, kept with its environment. */
static struct loop_end *find_end(napi_env env) {
  void *end = NULL;
  return napi_get_instance_data(env, &end) == napi_ok ? end : NULL;
}

static void on_closed(uv_handle_t *handle) {
  struct loop_end *end = handle->data;
  napi_remove_async_cleanup_hook(end->cleanup);
  free(end);
}

static void on_cleanup(napi_async_cleanup_hook_handle handle, void *data) {
  (void)handle;
  struct loop_end *end = data;
  napi_set_instance_data(end->env, NULL, NULL, NULL);
  if (!uv_is_closing((uv_handle_t *)&end->prepare)) uv_close((uv_handle_t *)&end->prepare, on_closed);
}

static bool is_alone(struct loop_end *end) {
  uv_handle_t *handle = (uv_handle_t *)&end->prepare;
  uv_unref(handle);
  bool is_alive = uv_loop_alive(handle->loop) != 0;
  uv_ref(handle);
  return !is_alive;
}

/* Ticks and microtasks run after the callback, as after any that Node's own handles make. */
static void call(struct loop_end *end, napi_ref reference) {
  napi_env env = end->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value callback, receiver, ignored;
  if (napi_get_reference_value(env, reference, &callback) == napi_ok && napi_get_global(env, &receiver) == napi_ok &&
      napi_make_callback(env, end->context, receiver, callback, 0, NULL, &ignored) == napi_pending_exception) {
    napi_value exception;
    if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) napi_fatal_exception(env, exception);
  }
  napi_close_handle_scope(env, scope);
}

static void on_turn(uv_prepare_t *prepare) {
  struct loop_end *end = prepare->data;
  if (!is_alone(end)) return;
  call(end, end->on_idle);
  if (!is_alone(end)) return; /* `beforeExit` has given it work */
  call(end, end->on_end);
  /* It did not end the process: the loop ends as Node's own does, rather than turn with nothing to wait for. */
  if (is_alone(end)) uv_unref((uv_handle_t *)prepare);
}

napi_value take_over_end(napi_env env, napi_callback_info info) {
  napi_value arguments[2], name;
  uv_loop_t *loop;
  if (!read_arguments(env, info, 2, arguments) || !read_function(env, arguments[0], "onIdle") ||
      !read_function(env, arguments[1], "onEnd"))
    return NULL;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return throw_api_error(env);
  if (find_end(env) != NULL) return throw_system_error(env, EALREADY, "takeOverEnd");
  struct loop_end *end = calloc(1, sizeof *end);
  if (end == NULL) return throw_system_error(env, ENOMEM, "calloc");
  end->env = env;
  end->prepare.data = end;
  uv_prepare_init(loop, &end->prepare);
  if (napi_add_async_cleanup_hook(env, on_cleanup, end, &end->cleanup) != napi_ok ||
      napi_create_reference(env, arguments[0], 1, &end->on_idle) != napi_ok ||
      napi_create_reference(env, arguments[1], 1, &end->on_end) != napi_ok ||
      napi_create_string_utf8(env, "tidegate.takeOverEnd", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_async_init(env, NULL, name, &end->context) != napi_ok ||
      napi_set_instance_data(env, end, NULL, NULL) != napi_ok) {
    uv_close((uv_handle_t *)&end->prepare, on_closed);
    return throw_api_error(env);
  }
  uv_prepare_start(&end->prepare, on_turn);
  return NULL;
}

napi_value is_loop_alive(napi_env env, napi_callback_info info) {
  (void)info;
  uv_loop_t *loop;
  napi_value result;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return throw_api_error(env);
  struct loop_end *end = find_end(env);
  bool is_alive = end == NULL ? uv_loop_alive(loop) != 0 : !is_alone(end);
  if (napi_get_boolean(env, is_alive, &result) != napi_ok) return throw_api_error(env);
  return result;
}

/* Requests include all work on the thread pool, of which Node's own lists know a part. */
napi_value pending_requests(napi_env env, napi_callback_info info) {
  (void)info;
  uv_loop_t *loop;
  napi_value result;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return throw_api_error(env);
  if (napi_create_uint32(env, loop->active_reqs.count, &result) != napi_ok) return throw_api_error(env);
  return result;
}
