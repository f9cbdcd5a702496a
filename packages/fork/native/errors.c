/* Errors as JavaScript sees them. */
#include "addon.h"

#include <stdio.h>

static bool set_text(napi_env env, napi_value object, const char *key, const char *text) {
  napi_value value;
  return napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value) == napi_ok &&
         napi_set_named_property(env, object, key, value) == napi_ok;
}

napi_value throw_system_error(napi_env env, int error, const char *syscall) {
  const char *code = uv_err_name(-error); /* libuv's error numbers are the negated ones of the system */
  char message[256];
  snprintf(message, sizeof message, "%s: %s, %s", code, uv_strerror(-error), syscall);
  napi_value text, object, number;
  if (napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &text) != napi_ok ||
      napi_create_error(env, NULL, text, &object) != napi_ok || !set_text(env, object, "code", code) ||
      !set_text(env, object, "syscall", syscall) || napi_create_int32(env, -error, &number) != napi_ok ||
      napi_set_named_property(env, object, "errno", number) != napi_ok || napi_throw(env, object) != napi_ok)
    return throw_api_error(env);
  return NULL;
}

napi_value throw_argument_error(napi_env env, const char *message) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
  return NULL;
}

napi_value throw_api_error(napi_env env) {
  const napi_extended_error_info *info;
  bool is_pending = false;
  napi_get_last_error_info(env, &info);
  const char *message = info->error_message;
  napi_is_exception_pending(env, &is_pending);
  if (!is_pending) napi_throw_error(env, NULL, message != NULL ? message : "A call of Node-API failed");
  return NULL;
}
