/* The addon's table of functions: the interface `Forking` of ../src/forking.ts. */
#include "addon.h"

/* The build gives a hash of the sources, so that an outdated binary can be told. */
#ifndef TIDEGATE_SOURCES
#define TIDEGATE_SOURCES ""
#endif

static const struct {
  const char *name;
  napi_callback call;
} functions[] = {
    {"check", check_system},
    {"socketPair", socket_pair},
    {"send", send_descriptors},
    {"reopen", reopen_descriptor},
    {"becomeSubreaper", become_subreaper},
    {"watchExit", watch_exit},
    {"reapGroup", reap_group},
    {"dieWithParent", die_with_parent},
    {"turnLoop", turn_loop},
    {"takeOverEnd", take_over_end},
    {"isLoopAlive", is_loop_alive},
    {"pendingRequests", pending_requests},
    {"drainPool", drain_pool},
    {"serveForks", serve_forks},
    {"hold", hold},
    {"createCounters", create_counters},
    {"openCounters", open_counters},
};

NAPI_MODULE_INIT() {
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    napi_value function;
    if (napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].call, NULL, &function) != napi_ok ||
        napi_set_named_property(env, exports, functions[i].name, function) != napi_ok)
      return throw_api_error(env);
  }
  napi_value sources;
  if (napi_create_string_utf8(env, TIDEGATE_SOURCES, NAPI_AUTO_LENGTH, &sources) != napi_ok ||
      napi_set_named_property(env, exports, "sources", sources) != napi_ok)
    return throw_api_error(env);
  return exports;
}
