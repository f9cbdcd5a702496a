/* Reads arguments, and says by name which one is wrong. */
#include "addon.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static bool refuse(napi_env env, const char *name, const char *wanted) {
  char message[128];
  snprintf(message, sizeof message, "The argument \"%s\" must be %s", name, wanted);
  throw_argument_error(env, message);
  return false;
}

bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values) {
  size_t given = count;
  if (napi_get_cb_info(env, info, &given, values, NULL, NULL) == napi_ok) return true; /* missing ones are undefined */
  throw_api_error(env);
  return false;
}

bool read_integer(napi_env env, napi_value value, int least, const char *name, int *result) {
  double number;
  /* napi_get_value_int32 would make 0 of NaN and of fractions: a wrong descriptor would become standard input. */
  if (napi_get_value_double(env, value, &number) != napi_ok || !(number >= least && number <= INT32_MAX) ||
      number != (double)(int)number)
    return refuse(env, name, "an integer in range");
  *result = (int)number;
  return true;
}

bool read_function(napi_env env, napi_value value, const char *name) {
  napi_valuetype type;
  if (napi_typeof(env, value, &type) == napi_ok && type == napi_function) return true;
  return refuse(env, name, "a function");
}

bool read_text(napi_env env, napi_value value, const char *name, char **text, size_t *length) {
  size_t size;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &size) != napi_ok) return refuse(env, name, "a string");
  char *copy = malloc(size + 1);
  if (copy == NULL) {
    throw_system_error(env, ENOMEM, "malloc");
    return false;
  }
  if (napi_get_value_string_utf8(env, value, copy, size + 1, length) != napi_ok) {
    free(copy);
    throw_api_error(env);
    return false;
  }
  *text = copy;
  return true;
}

/* Not strtol(): newer glibc headers make another symbol of it, which older ones and musl lack. */
long parse_number(const char *text) {
  long number = 0;
  for (; *text >= '0' && *text <= '9' && number < INT32_MAX; text++) number = number * 10 + (*text - '0');
  return number > INT32_MAX ? INT32_MAX : number;
}
