{
  "targets": [
    {
      "target_name": "fork",
      "sources": [
        "native/addon.c",
        "native/arguments.c",
        "native/check.c",
        "native/children.c",
        "native/counters.c",
        "native/descriptors.c",
        "native/errors.c",
        "native/fork_server.c",
        "native/loop_end.c",
        "native/loop_repair.c",
        "native/mappings.c",
        "native/order_stream.c",
        "native/rings.c",
        "native/rseq.c",
        "native/thread_pool.c",
        "native/threads.c",
        "native/working_set.c"
      ],
      "cflags": ["-Wall", "-Wextra", "-O2", "-fvisibility=hidden"]
    }
  ]
}
